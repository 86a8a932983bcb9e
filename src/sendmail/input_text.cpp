// SPDX-License-Identifier: ISC
//
// sendmail/input_text.cpp - the message as programs write it into a pipe.

#include "sendmail/input_text.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace postern::sendmail {

void InputText::read(std::string_view octets, std::string& out) {
  while (!octets.empty() && state_ != State::ended) {
    const bool is_plain = state_ == State::in_line && held_crs_ == 0 && !holds_dot_;
    const std::size_t plain = is_plain ? std::min(find_cr_or_lf(octets), octets.size()) : 0;
    out += octets.substr(0, plain);
    octets.remove_prefix(plain);
    if (octets.empty()) return;
    take(octets.front(), out);
    octets.remove_prefix(1);
  }
}

void InputText::take(char c, std::string& out) {
  if (c == '\r') {
    ++held_crs_;
  } else if (c == '\n') {
    end_line(out);
  } else if (c == '.' && state_ == State::line_start && held_crs_ == 0) {
    holds_dot_ = true;
    state_ = State::in_line;
  } else {
    if (std::exchange(holds_dot_, false)) out += '.';
    out.append(std::exchange(held_crs_, 0), '\r');
    out += c;
    state_ = State::in_line;
  }
}

void InputText::end_line(std::string& out) {
  held_crs_ = 0;
  state_ = State::line_start;
  if (std::exchange(holds_dot_, false)) {
    if (dot_line_ == DotLine::ends_text) {
      state_ = State::ended;
      return;
    }
    out += '.';
  }
  out += "\r\n";
}

void InputText::finish(std::string& out) {
  if (state_ == State::in_line || (state_ == State::line_start && held_crs_ > 0)) end_line(out);
}

}  // namespace postern::sendmail
