// SPDX-License-Identifier: ISC
//
// base/text.h - small functions on ASCII and UTF-8 text.

#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern {

namespace detail {

inline std::size_t least_size(std::string_view piece) {
  return piece.size();
}
template <std::integral T>
std::size_t least_size(T) {
  return 1;
}

inline void append(std::string& out, std::string_view piece) {
  out += piece;
}
inline void append(std::string& out, char piece) {
  out += piece;
}
template <std::integral T>
requires(!std::same_as<T, char> && !std::same_as<T, bool>) void append(std::string& out, T piece) {
  out += std::to_string(piece);
}

}  // namespace detail

// Joins strings, characters and integers into one string.
template <typename... Pieces>
std::string cat(const Pieces&... pieces) {
  std::string out;
  out.reserve((detail::least_size(pieces) + ... + 0));
  (detail::append(out, pieces), ...);
  return out;
}

// The ASCII classes of the RFCs' grammars; locale plays no part.
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || is_alpha(c);
}
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
constexpr bool is_eight_bit(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text);              // ASCII letters only
bool iequals(std::string_view a, std::string_view b);  // ASCII case folded
bool has_eight_bit(std::string_view text);
bool is_utf8(std::string_view text);  // well-formed by RFC 3629, no surrogates, no overlongs

// Whether text, which is UTF-8, has a control character (U+0000 to U+001F, U+007F to U+009F) or
// one of Unicode's own line ends (U+2028, U+2029).
bool has_unicode_control(std::string_view text);

// text without leading and trailing spaces, tabs, CR and LF.
std::string_view trim(std::string_view text);

// Takes the word in front of the next space or tab off text, and the blanks behind it.
std::string_view take_word(std::string_view& text);

// Where the first CR or LF is, at begin or behind; npos if there is none.
std::size_t find_cr_or_lf(std::string_view text, std::size_t begin = 0);

// "07", "23": a number from 0 to 99.
std::string two_digits(std::int64_t number);

// The lines of text, each without its line end ("\n" or "\r\n").
std::vector<std::string_view> split_lines(std::string_view text);

// The whole of text as a decimal number; nothing if it is not one or does not fit.
template <std::integral T>
std::optional<T> parse_decimal(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return value;
}

// text made safe to show to a person or a log reader: control characters, quotes, backslashes
// and octets that are not printable ASCII become \xNN; cut with "..." after max_octets.
std::string printable(std::string_view text, std::size_t max_octets = 256);

}  // namespace postern
