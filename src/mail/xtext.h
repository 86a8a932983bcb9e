// SPDX-License-Identifier: ISC
//
// mail/xtext.h - any octets as printable ASCII that can stand in a parameter.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::mail {

// The xtext of RFC 3461 4, ";" being encoded as well, since it ends a value in Postern-Envelope.
std::string encode_xtext(std::string_view octets);

// The inverse; nothing if text is malformed.
std::optional<std::string> decode_xtext(std::string_view text);

}  // namespace postern::mail
