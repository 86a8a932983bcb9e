// SPDX-License-Identifier: ISC
//
// base/base64.h - base64 with the strictness that SASL over SMTP asks for.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern {

std::string base64_encode(std::string_view octets);

// Decodes canonical base64 only (RFC 4648 4, 3.5): full padding, no line breaks, no characters
// outside the alphabet, unused bits zero.  Nothing for anything else; RFC 4954 4 wants such
// a response refused with 501.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace postern
