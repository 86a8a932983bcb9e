// SPDX-License-Identifier: ISC
//
// control/spool_text.h - the messages of the spool as a list, for people and for programs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/spool_view.h"
#include "mail/envelope.h"

namespace postern::control {

struct ListedMessage {
  SpooledMessage message;
  std::optional<mail::Envelope> envelope;  // nothing: it is gone, or not one of ours
};

// As much of a file is read as its envelope may need.
std::optional<mail::Envelope> read_envelope(const SpoolView& spool, const SpooledMessage& message);

// more: how many there are that are not in the list.  now: seconds since 1970.
std::string plain_text(const std::vector<ListedMessage>& messages, std::size_t more,
                       std::int64_t now);
std::string json_text(const std::vector<ListedMessage>& messages, std::size_t more);

}  // namespace postern::control
