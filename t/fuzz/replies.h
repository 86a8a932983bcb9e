// SPDX-License-Identifier: ISC
//
// t/fuzz/replies.h - replies as a client reads them.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cut.h"

namespace postern::test {

struct SeenReply {
  std::string code;
  std::string enhanced;  // "5.7.1"; empty if it has none
  std::string text;      // of all its lines
  std::size_t lines = 0;

  char reply_class() const { return code.front(); }

  friend bool operator==(const SeenReply&, const SeenReply&) = default;
};

// The "5.7.1" that text begins with (RFC 3463 2), or nothing.
inline std::string_view enhanced_code_of(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(' '));
  const bool is_one =
      word.size() >= 5 && word[1] == '.' && is_digit(word[0]) &&
      std::count(word.begin(), word.end(), '.') == 2 &&
      std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.'; });
  return is_one ? word : std::string_view();
}

// All of text as whole replies: "ddd text" or several lines of one code, at most 512 octets each
// (RFC 5321 4.2, 4.5.3.1.5), printable ASCII only.
inline std::vector<SeenReply> read_replies(std::string_view text) {
  std::vector<SeenReply> replies;
  for (bool is_open = false; !text.empty() || is_open;) {
    const std::size_t end = text.find("\r\n");
    require(end != std::string_view::npos && end >= 4 && end <= 510);
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    for (const char c : line) require(!is_control(c) && !is_eight_bit(c));
    require(line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]));
    require(line[3] == ' ' || line[3] == '-');
    if (!is_open) replies.push_back({std::string(line.substr(0, 3)), "", "", 0});
    SeenReply& reply = replies.back();
    require(reply.code == line.substr(0, 3));
    if (!is_open) reply.enhanced = enhanced_code_of(line.substr(4));
    reply.text += line.substr(4);
    ++reply.lines;
    is_open = line[3] == '-';
  }
  return replies;
}

// RFC 2034 4.
inline void check_enhanced_code(const SeenReply& reply, bool is_on) {
  if (!is_on) return require(reply.enhanced.empty());
  if (reply.reply_class() == '3') return require(reply.enhanced.empty());
  if (reply.reply_class() >= '4') require(!reply.enhanced.empty());
  require(reply.enhanced.empty() || reply.enhanced.front() == reply.reply_class());
}

}  // namespace postern::test
