// SPDX-License-Identifier: ISC
//
// mail/xtext.cpp - any octets as printable ASCII that can stand in a parameter.

#include "mail/xtext.h"

#include "base/text.h"

namespace postern::mail {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

// RFC 3461 4 xchar.
bool is_xchar(char c) {
  return c > ' ' && !is_control(c) && !is_eight_bit(c) && c != '+' && c != '=';
}

// The octet that "+XX" at the start of text stands for.
std::optional<char> decode_octet(std::string_view text) {
  if (text.size() < 3 || text[0] != '+') return std::nullopt;
  const std::size_t high = hex_digits.find(text[1]);
  const std::size_t low = hex_digits.find(text[2]);
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

}  // namespace

std::string encode_xtext(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    if (is_xchar(c) && c != ';') {
      out += c;
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out += cat('+', hex_digits[octet >> 4], hex_digits[octet & 15]);
  }
  return out;
}

std::optional<std::string> decode_xtext(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (is_xchar(text[0])) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto octet = decode_octet(text);
    if (!octet) return std::nullopt;
    out += *octet;
    text.remove_prefix(3);
  }
  return out;
}

}  // namespace postern::mail
