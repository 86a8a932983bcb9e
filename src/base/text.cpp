// SPDX-License-Identifier: ISC
//
// base/text.cpp - small functions on ASCII and UTF-8 text.

#include "base/text.h"

#include <algorithm>

#include "base/utf8_checker.h"

namespace postern {

namespace {

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto octet = static_cast<unsigned char>(c);
  out += "\\x";
  out += digits[octet >> 4];
  out += digits[octet & 15];
}

}  // namespace

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
  return out;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

bool has_eight_bit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_eight_bit);
}

bool is_utf8(std::string_view text) {
  Utf8Checker checker;
  for (const char c : text) {
    if (!checker.take(c)) return false;
  }
  return checker.is_between_characters();
}

bool has_unicode_control(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control)) return true;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest[0] == '\xc2' && static_cast<unsigned char>(rest[1]) < 0xa0) return true;
    if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) return true;
  }
  return false;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

// std::string_view::find_first_of looks at octet by octet.  A window at a time, since a text of
// nothing but CR would otherwise be looked through for an LF at each of them.
std::size_t find_cr_or_lf(std::string_view text, std::size_t begin) {
  constexpr std::size_t window = 1024;
  for (; begin < text.size(); begin += window) {
    const std::string_view piece = text.substr(begin, window);
    const std::size_t lf = piece.find('\n');
    const std::size_t found = std::min(lf, piece.substr(0, lf).find('\r'));
    if (found != std::string_view::npos) return begin + found;
  }
  return std::string_view::npos;
}

std::string two_digits(std::int64_t number) {
  return cat(number < 10 ? "0" : "", number);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

std::string printable(std::string_view text, std::size_t max_octets) {
  std::string out;
  out.reserve(std::min(text.size(), max_octets));
  for (const char c : text.substr(0, max_octets)) {
    if (is_control(c) || is_eight_bit(c) || c == '"' || c == '\\') {
      append_escaped(out, c);
    } else {
      out += c;
    }
  }
  if (text.size() > max_octets) out += "...";
  return out;
}

}  // namespace postern
