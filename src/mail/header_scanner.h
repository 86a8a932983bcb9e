// SPDX-License-Identifier: ISC
//
// mail/header_scanner.h - which header fields a message has, found while it passes by.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::mail {

// Looks at message text as it comes, in pieces of any size, up to the end of the header
// (RFC 5322 2.2): an empty line, or the first line that is no header field.  Keeps no text but
// the name of the field it is in, up to a bound.
class HeaderScanner {
 public:
  // Feeds the next octets from the wire; lines end in CRLF.  Does nothing once complete.
  void scan(std::string_view text);

  // The text ends here: the header is complete, and a line that has not become a field is none.
  void finish();

  // Octets of header so far, the same however the text was cut.
  std::uint64_t octets() const { return octets_; }

  bool is_complete() const { return state_ == State::complete; }

  // The line is known to belong to a field: its colon has come, or it is folded.
  bool is_in_field() const { return state_ == State::rest_of_line; }

  // The very first line is neither a header field nor empty: the message has no header, so
  // whoever puts fields in front of it must add an empty line behind them (RFC 5322 2.1).
  bool is_headless() const { return headless_; }

  bool has_date() const { return has_date_; }
  bool has_message_id() const { return has_message_id_; }
  std::uint32_t received_fields() const { return received_fields_; }  // hops (RFC 5321 6.3)

 private:
  enum class State { line_start, name, behind_name, rest_of_line, empty_line, complete };

  void take(char c);
  void begin_line(char c);
  void take_of_name(char c);
  void end_name(char c);
  void end_header(bool by_empty_line);
  void note_field();

  State state_ = State::line_start;
  std::string name_;  // of the field, lower case, as much of it as matters
  std::size_t name_octets_ = 0;
  bool any_field_ = false;
  bool headless_ = false;
  bool has_date_ = false;
  bool has_message_id_ = false;
  std::uint32_t received_fields_ = 0;
  std::uint64_t octets_ = 0;
};

}  // namespace postern::mail
