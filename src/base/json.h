// SPDX-License-Identifier: ISC
//
// base/json.h - what is written in JSON (RFC 8259).

#pragma once

#include <string>
#include <string_view>

namespace postern {

// text in double quotes.  Well-formed UTF-8 stays; an octet that is none becomes U+FFFD, and
// control characters, and line ends that only Unicode knows, are escaped, so that the result is one
// line, and deceives nobody who sees it on a terminal.
std::string json_string(std::string_view text);

}  // namespace postern
