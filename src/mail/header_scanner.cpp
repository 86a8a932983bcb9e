// SPDX-License-Identifier: ISC
//
// mail/header_scanner.cpp - which header fields a message has.

#include "mail/header_scanner.h"

#include "base/text.h"

namespace postern::mail {

namespace {

// No field we look for has a longer name; of longer ones only "longer" matters.
constexpr std::size_t kept_of_name = 32;

// RFC 5322 2.1.1: no line of a header is longer, so this is a word of text.
constexpr std::size_t max_name = 998;

// RFC 5322 2.2: printable ASCII except colon and space.
bool is_name_char(char c) {
  return c > ' ' && c != ':' && c != 0x7f && !is_eight_bit(c);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

void HeaderScanner::scan(std::string_view text) {
  while (!text.empty() && state_ != State::complete) {
    if (state_ != State::rest_of_line) {
      take(text.front());
      text.remove_prefix(1);
      ++octets_;
      continue;
    }
    const std::size_t end = text.find('\n');
    const std::size_t of_this_line = end == std::string_view::npos ? text.size() : end + 1;
    octets_ += of_this_line;
    text.remove_prefix(of_this_line);
    if (end == std::string_view::npos) return;
    state_ = State::line_start;
  }
}

void HeaderScanner::take(char c) {
  switch (state_) {
    case State::line_start: begin_line(c); return;
    case State::name:
      if (is_name_char(c)) return take_of_name(c);
      end_name(c);
      return;
    case State::behind_name: end_name(c); return;
    case State::empty_line: end_header(c == '\n'); return;
    case State::rest_of_line:
    case State::complete: return;
  }
}

void HeaderScanner::begin_line(char c) {
  if (is_blank(c) && any_field_) {  // folded: the field goes on
    state_ = State::rest_of_line;
  } else if (is_name_char(c)) {
    name_.clear();
    name_octets_ = 0;
    state_ = State::name;
    take_of_name(c);
  } else if (c == '\r') {
    state_ = State::empty_line;
  } else {
    end_header(false);
  }
}

void HeaderScanner::take_of_name(char c) {
  if (name_.size() <= kept_of_name) name_ += ascii_lower(c);
  if (++name_octets_ > max_name) end_header(false);
}

// c is the first octet that cannot belong to the name.  Blanks between a name and its colon
// are obsolete, but old mailers write them (RFC 5322 4.5).
void HeaderScanner::end_name(char c) {
  if (c == ':') {
    note_field();
    state_ = State::rest_of_line;
  } else if (is_blank(c)) {
    state_ = State::behind_name;
  } else {
    end_header(false);
  }
}

void HeaderScanner::end_header(bool by_empty_line) {
  headless_ = !any_field_ && !by_empty_line;
  state_ = State::complete;
}

void HeaderScanner::finish() {
  switch (state_) {
    case State::name:
    case State::behind_name:
    case State::empty_line: end_header(false); return;
    case State::line_start:
    case State::rest_of_line:
    case State::complete: state_ = State::complete; return;
  }
}

void HeaderScanner::note_field() {
  any_field_ = true;
  if (name_ == "date") has_date_ = true;
  if (name_ == "message-id") has_message_id_ = true;
  if (name_ == "received") ++received_fields_;
}

}  // namespace postern::mail
