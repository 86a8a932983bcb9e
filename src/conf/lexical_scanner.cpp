// SPDX-License-Identifier: ISC
//
// conf/lexical_scanner.cpp - looks at configuration text before libconfig does.

#include "conf/lexical_scanner.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "base/text.h"

namespace postern::conf {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}
bool is_name_char(char c) {
  return is_alnum(c) || c == '_' || c == '-' || c == '*';
}

template <typename Predicate>
std::size_t end_of_run(std::string_view line, std::size_t begin, Predicate belongs) {
  const auto first = line.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto end = std::find_if_not(first, line.end(), belongs);
  return static_cast<std::size_t>(end - line.begin());
}

}  // namespace

void LexicalScanner::scan(std::string_view line) {
  ++line_;
  std::size_t at = 0;
  while (at < line.size()) {
    if (in_comment()) {
      const std::size_t end = line.find("*/", at);
      if (end == std::string_view::npos) return;
      comment_line_ = 0;
      at = end + 2;
      continue;
    }
    const std::string_view rest = line.substr(at);
    if (rest.starts_with('#') || rest.starts_with("//")) return;
    if (rest.starts_with("/*")) {
      comment_line_ = line_;
      at += 2;
      continue;
    }
    at = scan_token(line, at);
  }
}

void LexicalScanner::end_file() {
  if (in_comment()) faults_.push_back({comment_line_, "the comment that begins here has no end"});
  comment_line_ = 0;
}

// Returns where the token, or the one character that is of no interest, ends.
std::size_t LexicalScanner::scan_token(std::string_view line, std::size_t begin) {
  const char c = line[begin];
  if (c == '"') return scan_string(line, begin);
  if (is_blank(c)) return begin + 1;
  behind_string_ = false;
  if (is_digit(c)) return scan_number(line, begin);
  if (is_alpha(c)) return end_of_run(line, begin, is_name_char);
  return begin + 1;
}

std::size_t LexicalScanner::scan_string(std::string_view line, std::size_t begin) {
  if (!behind_string_) string_lines_.push_back(line_);
  behind_string_ = true;
  for (std::size_t at = begin + 1; at < line.size(); ++at) {
    if (line[at] == '"') return at + 1;
    if (line[at] == '\\' && at + 1 < line.size() && (line[at + 1] == '\\' || line[at + 1] == '"')) {
      ++at;
    }
  }
  faults_.push_back({line_, "the string has no closing quote on its line"});
  return line.size();
}

std::size_t LexicalScanner::scan_number(std::string_view line, std::size_t begin) {
  const std::size_t end = end_of_run(line, begin, is_digit);
  const std::string_view digits = line.substr(begin, end - begin);
  const char next = end < line.size() ? line[end] : '\0';
  if (digits == "0" && (next == 'x' || next == 'X')) {
    faults_.push_back({line_, "hexadecimal number; write it in decimal"});
  } else if (next == 'L' ? !parse_decimal<std::int64_t>(digits)
                         : next != '.' && !parse_decimal<std::int32_t>(digits)) {
    faults_.push_back({line_, cat(printable(digits, 40),
                                  " is too large for a bare number; write a size as a string "
                                  "with its unit, as in \"5 GiB\"")});
  }
  return end;
}

}  // namespace postern::conf
