// SPDX-License-Identifier: ISC
//
// base/json.h - what is written in JSON (RFC 8259).

#pragma once

#include <string>
#include <string_view>

namespace postern {

// text in double quotes.  Well-formed UTF-8 stays; an octet that is none becomes U+FFFD, and
// control characters are escaped, so that the result is one line.
std::string json_string(std::string_view text);

}  // namespace postern
