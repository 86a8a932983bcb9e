// SPDX-License-Identifier: ISC
//
// control/status_text.h - the status and the sessions, for people and for programs.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/status.h"
#include "server/session_board.h"

namespace postern::control {

// Lines that end in LF; the JSON is one line.  posternctl(8) describes both.
std::string plain_text(const Status& status);
std::string json_text(const Status& status);

// now: seconds since 1970.
std::string plain_text(const std::vector<server::SessionRecord>& sessions, std::int64_t now);
std::string json_text(const std::vector<server::SessionRecord>& sessions);

// "3 d 04:05:06", "00:00:07".
std::string duration_text(std::int64_t seconds);

// "1.5 GiB", "12 KiB".
std::string octets_text(std::uint64_t octets);

}  // namespace postern::control
