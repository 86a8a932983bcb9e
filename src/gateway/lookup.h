// SPDX-License-Identifier: ISC
//
// gateway/lookup.h - what there is on an AppleTalk network.

#pragma once

#include <string>
#include <vector>

#include "adsp/nbp_packet.h"
#include "base/result.h"
#include "conf/config.h"

namespace postern::gateway {

// Becomes a station for a few seconds and asks for "object:type@zone", where "=" is any object or
// type.  Errors: no such pattern or network, or nobody gives us a number.
Result<std::vector<adsp::NbpTuple>> look_up(const conf::Config::AppleTalk& settings,
                                            const std::string& pattern);

// A line for each: its address, and its name.
std::string names_text(const std::vector<adsp::NbpTuple>& found);

}  // namespace postern::gateway
