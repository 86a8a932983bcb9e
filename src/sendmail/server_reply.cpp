// SPDX-License-Identifier: ISC
//
// sendmail/server_reply.cpp - what the server answers.

#include "sendmail/server_reply.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace postern::sendmail {

namespace {

constexpr std::size_t max_line = 4096;
constexpr std::size_t max_lines = 256;

tl::unexpected<Error> no_reply(std::string_view line) {
  return fail(Errc::syntax,
              cat("the server said \"", printable(line, 80), "\", which is no reply"));
}

}  // namespace

std::string ServerReply::text() const {
  std::string out = std::to_string(code);
  for (const std::string& line : lines) out += cat(" ", line);
  return out;
}

std::string_view ServerReply::enhanced_code() const {
  if (lines.empty()) return {};
  const std::string_view line = lines.back();
  const std::string_view word = line.substr(0, line.find(' '));
  const bool is_code =
      word.size() >= 5 && word[1] == '.' && word[0] == '0' + code / 100 &&
      std::count(word.begin(), word.end(), '.') == 2 &&
      std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.'; });
  return is_code ? word : std::string_view{};
}

Result<std::optional<ServerReply>> ReplyReader::read(std::string_view& input) {
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    const bool is_whole = end != std::string_view::npos;
    const std::size_t octets = is_whole ? end + 1 : input.size();
    line_ += input.substr(0, octets);
    input.remove_prefix(octets);
    if (line_.size() > max_line) return no_reply(line_);
    if (!is_whole) break;
    const auto is_last = take_line();
    if (!is_last) return tl::unexpected(is_last.error());
    if (*is_last) return std::exchange(reply_, {});
  }
  return std::optional<ServerReply>{};
}

// "250-text" or "250 text"; some servers leave the blank away where there is no text.
Result<bool> ReplyReader::take_line() {
  const std::string held = std::exchange(line_, {});
  std::string_view line = held;
  line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
  const auto code = parse_decimal<int>(line.substr(0, 3));
  const char behind = line.size() > 3 ? line[3] : ' ';
  if (!code || *code < 200 || *code > 599 || (behind != ' ' && behind != '-') ||
      (!reply_.lines.empty() && *code != reply_.code) || reply_.lines.size() == max_lines) {
    return no_reply(line);
  }
  reply_.code = *code;
  reply_.lines.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
  return behind == ' ';
}

}  // namespace postern::sendmail
