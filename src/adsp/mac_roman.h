// SPDX-License-Identifier: ISC
//
// adsp/mac_roman.h - the characters of names on an AppleTalk network.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::adsp {

// Every octet is a character in Mac OS Roman, and every one has its own in Unicode; so each text
// has a form in UTF-8, and comes back from it as it was.
std::string mac_roman_to_utf8(std::string_view text);

// Nothing if text is not UTF-8 or has a character that Mac OS Roman has not.
std::optional<std::string> utf8_to_mac_roman(std::string_view text);

// The upper case of a letter of A to Z or of one with an accent; anything else as it is.
char mac_roman_upper(char c);

// Whether they are the same when case plays no part.
bool mac_roman_iequals(std::string_view a, std::string_view b);

}  // namespace postern::adsp
