// SPDX-License-Identifier: ISC
//
// t/fuzz/client_side.h - which of the octets of a client are commands, and which are text.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cut.h"

namespace postern::test {

// Reads what a session has consumed as the RFCs say that it is to be read, independently of the
// session, so that the two can be compared: units, each of which has one reply, and text.
class ClientSide {
 public:
  // What has a reply.  response: a line of AUTH.  cut_off: the session closed within it.
  enum class Kind { command, response, text, chunk, last_chunk, cut_off };
  struct Unit {
    Kind kind;
    std::string verb;  // of a command, in lower case; empty if it is no command line
    std::uint64_t octets = 0;
  };

  void take(std::string_view consumed) {
    while (!consumed.empty()) {
      switch (state_) {
        case State::line: take_line(consumed); break;
        case State::text: take_text(consumed); break;
        case State::chunk: take_chunk(consumed); break;
      }
    }
  }

  // What the answers of the server change.
  void open_text() {  // 354 to DATA
    require(is_between_units());
    state_ = State::text;
    raw_.clear();
  }
  void expect_response() { is_response_ = true; }  // 334
  void begin_message() { text_.clear(); }

  // The session is closed, so that what has begun ends here.
  void close() {
    if (state_ != State::line) units_.push_back({Kind::cut_off, "", 0});
    state_ = State::line;
  }

  // Nothing of the next unit has come.
  bool is_between_units() const { return state_ == State::line && line_.empty(); }
  bool is_in_chunk() const { return state_ == State::chunk; }

  // Nothing that comes now can be told apart: the session must be closed.
  bool must_be_closed() const { return is_lost_; }

  const std::string& last_verb() const { return last_verb_; }

  // Of the message, without dot stuffing; and how much of it has come, with stuffing if behind
  // DATA.
  const std::string& text() const { return text_; }
  std::size_t octets_of_text() const { return state_ == State::text ? raw_.size() : text_.size(); }

  // Those that have ended since the last call.
  std::vector<Unit> take_units() { return std::exchange(units_, {}); }

 private:
  enum class State { line, text, chunk };

  static constexpr std::size_t max_line = 12288 + 64;  // octets, CRLF included

  void take_line(std::string_view& input) {
    const std::size_t end = input.find('\n');
    const std::size_t octets = end == std::string_view::npos ? input.size() : end + 1;
    line_ += input.substr(0, octets);
    input.remove_prefix(octets);
    if (line_.ends_with('\n')) on_line(std::exchange(line_, {}));
  }

  void on_line(std::string_view line) {
    last_verb_.clear();
    if (std::exchange(is_response_, false)) {
      last_verb_ = "response";
      units_.push_back({Kind::response, last_verb_, 0});
      return;
    }
    const std::vector<std::string> words = words_of(line);
    if (!words.empty()) last_verb_ = lower(words.front());
    if (last_verb_ == "bdat") return on_bdat(words);
    units_.push_back({Kind::command, last_verb_, 0});
  }

  // Of a good command line; none of another.
  static std::vector<std::string> words_of(std::string_view line) {
    if (line.size() > max_line || !line.ends_with("\r\n")) return {};
    line.remove_suffix(2);
    std::vector<std::string> words(1);
    for (const char c : line) {
      if (is_control(c) && c != '\t') return {};
      if (c != ' ' && c != '\t') {
        words.back() += c;
      } else if (!words.back().empty()) {
        words.emplace_back();
      }
    }
    if (words.back().empty()) words.pop_back();
    return words;
  }

  // RFC 3030 2.
  void on_bdat(const std::vector<std::string>& words) {
    const auto octets = words.size() > 1 ? number(words[1]) : std::nullopt;
    const bool is_last = words.size() == 3 && lower(words[2]) == "last";
    if (!octets || words.size() > 3 || (words.size() == 3 && !is_last)) {
      is_lost_ = true;
      units_.push_back({Kind::command, last_verb_, 0});
      return;
    }
    chunk_ = {is_last ? Kind::last_chunk : Kind::chunk, last_verb_, *octets};
    left_ = *octets;
    state_ = State::chunk;
    end_chunk();
  }

  static std::optional<std::uint64_t> number(std::string_view digits) {
    if (!std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
    return parse_decimal<std::uint64_t>(digits);
  }

  void take_chunk(std::string_view& input) {
    const std::size_t octets =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    text_ += input.substr(0, octets);
    input.remove_prefix(octets);
    left_ -= octets;
    end_chunk();
  }

  void end_chunk() {
    if (left_ > 0) return;
    state_ = State::line;
    units_.push_back(chunk_);
  }

  // RFC 5321 4.5.2: up to a line of one dot, and a CR or LF that stands alone ends it too.
  void take_text(std::string_view& input) {
    raw_ += input.front();
    input.remove_prefix(1);
    const char before = raw_.size() > 1 ? raw_[raw_.size() - 2] : ' ';
    if ((raw_.back() == '\n') != (before == '\r')) is_lost_ = true;
    if (raw_ != ".\r\n" && !raw_.ends_with("\r\n.\r\n")) return;
    state_ = State::line;
    raw_.resize(raw_.size() - 3);
    for (std::size_t i = 0; i < raw_.size(); ++i) {
      const bool begins_line = i == 0 || raw_[i - 1] == '\n';
      if (!begins_line || raw_[i] != '.') text_ += raw_[i];
    }
    units_.push_back({Kind::text, "", 0});
  }

  State state_ = State::line;
  std::string line_;
  std::string raw_;   // the text of DATA as it came
  std::string text_;  // of the message
  Unit chunk_ = {};
  std::uint64_t left_ = 0;  // of the chunk
  bool is_response_ = false;
  bool is_lost_ = false;
  std::string last_verb_;
  std::vector<Unit> units_;
};

}  // namespace postern::test
