// SPDX-License-Identifier: ISC
//
// adsp/mac_roman.cpp - the characters of names on an AppleTalk network.

#include "adsp/mac_roman.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace postern::adsp {

namespace {

// The characters 0x80 to 0xff.  All of them are in the first 64 Ki of Unicode.
constexpr std::array<std::uint16_t, 128> upper_half{
    0x00c4, 0x00c5, 0x00c7, 0x00c9, 0x00d1, 0x00d6, 0x00dc, 0x00e1,  // 80
    0x00e0, 0x00e2, 0x00e4, 0x00e3, 0x00e5, 0x00e7, 0x00e9, 0x00e8,  // 88
    0x00ea, 0x00eb, 0x00ed, 0x00ec, 0x00ee, 0x00ef, 0x00f1, 0x00f3,  // 90
    0x00f2, 0x00f4, 0x00f6, 0x00f5, 0x00fa, 0x00f9, 0x00fb, 0x00fc,  // 98
    0x2020, 0x00b0, 0x00a2, 0x00a3, 0x00a7, 0x2022, 0x00b6, 0x00df,  // a0
    0x00ae, 0x00a9, 0x2122, 0x00b4, 0x00a8, 0x2260, 0x00c6, 0x00d8,  // a8
    0x221e, 0x00b1, 0x2264, 0x2265, 0x00a5, 0x00b5, 0x2202, 0x2211,  // b0
    0x220f, 0x03c0, 0x222b, 0x00aa, 0x00ba, 0x03a9, 0x00e6, 0x00f8,  // b8
    0x00bf, 0x00a1, 0x00ac, 0x221a, 0x0192, 0x2248, 0x2206, 0x00ab,  // c0
    0x00bb, 0x2026, 0x00a0, 0x00c0, 0x00c3, 0x00d5, 0x0152, 0x0153,  // c8
    0x2013, 0x2014, 0x201c, 0x201d, 0x2018, 0x2019, 0x00f7, 0x25ca,  // d0
    0x00ff, 0x0178, 0x2044, 0x20ac, 0x2039, 0x203a, 0xfb01, 0xfb02,  // d8
    0x2021, 0x00b7, 0x201a, 0x201e, 0x2030, 0x00c2, 0x00ca, 0x00c1,  // e0
    0x00cb, 0x00c8, 0x00cd, 0x00ce, 0x00cf, 0x00cc, 0x00d3, 0x00d4,  // e8
    0xf8ff, 0x00d2, 0x00da, 0x00db, 0x00d9, 0x0131, 0x02c6, 0x02dc,  // f0
    0x00af, 0x02d8, 0x02d9, 0x02da, 0x00b8, 0x02dd, 0x02db, 0x02c7,  // f8
};

// The upper case of 0x87 to 0x9f, which are the small letters with an accent, in their order.
constexpr std::string_view accented_upper =
    "\xe7\xcb\xe5\x80\xcc\x81\x82\x83\xe9\xe6\xe8\xea\xed\xeb\xec\x84\xee\xf1\xef\x85\xcd\xf2\xf4"
    "\xf3\x86";

void append_utf8(std::string& out, std::uint16_t character) {
  const auto octet = [&](unsigned bits) { out += static_cast<char>(bits); };
  if (character < 0x80) return octet(character);
  if (character < 0x800) {
    octet(0xc0U | character >> 6U);
  } else {
    octet(0xe0U | character >> 12U);
    octet(0x80U | (character >> 6U & 0x3fU));
  }
  octet(0x80U | (character & 0x3fU));
}

// Takes a character off text, which is UTF-8 and not empty.
std::uint32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t octets = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t character = octets == 1 ? first : first & (0x7fU >> octets);
  for (const char c : text.substr(1, octets - 1)) {
    character = character << 6U | (static_cast<unsigned char>(c) & 0x3fU);
  }
  text.remove_prefix(octets);
  return character;
}

}  // namespace

std::string mac_roman_to_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    append_utf8(out, octet < 0x80 ? octet : upper_half[octet - 0x80U]);
  }
  return out;
}

std::optional<std::string> utf8_to_mac_roman(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  std::string out;
  while (!text.empty()) {
    const std::uint32_t character = take_character(text);
    if (character < 0x80) {
      out += static_cast<char>(character);
      continue;
    }
    const auto found = std::find(upper_half.begin(), upper_half.end(), character);
    if (found == upper_half.end()) return std::nullopt;
    out += static_cast<char>(0x80 + (found - upper_half.begin()));
  }
  return out;
}

char mac_roman_upper(char c) {
  const auto octet = static_cast<unsigned char>(c);
  if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  if (octet >= 0x87 && octet <= 0x9f) return accented_upper[octet - 0x87U];
  if (octet == 0xbe || octet == 0xbf) return static_cast<char>(octet - 0x10);  // ae, o slash
  if (octet == 0xcf) return '\xce';                                            // oe
  if (octet == 0xd8) return '\xd9';                                            // y diaeresis
  return c;
}

bool mac_roman_iequals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return mac_roman_upper(x) == mac_roman_upper(y); });
}

}  // namespace postern::adsp
