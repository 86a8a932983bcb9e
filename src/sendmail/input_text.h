// SPDX-License-Identifier: ISC
//
// sendmail/input_text.h - the message as programs write it into a pipe.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::sendmail {

enum class DotLine {
  ends_text,  // as people at a terminal want it
  is_text,    // -i
};

// Turns lines that end in LF or CRLF, or in several CRs and a LF, into lines that end in CRLF.  A
// CR that stands elsewhere is left as it is, and never the last octet of an output.
class InputText {
 public:
  explicit InputText(DotLine dot_line) : dot_line_(dot_line) {}

  // Appends to out what the next octets mean.  Nothing more comes once the text has ended.
  void read(std::string_view octets, std::string& out);

  // There is no more: ends the last line, if it has not ended.
  void finish(std::string& out);

  // The line of one dot has come.
  bool has_ended() const { return state_ == State::ended; }

 private:
  enum class State { line_start, in_line, ended };

  void take(char c, std::string& out);
  void end_line(std::string& out);

  DotLine dot_line_;
  State state_ = State::line_start;
  bool holds_dot_ = false;  // the line has so far been one dot, which is not in out
  std::size_t held_crs_ = 0;
};

}  // namespace postern::sendmail
