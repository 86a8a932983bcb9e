// SPDX-License-Identifier: ISC
//
// smtp/line_reader.h - command lines out of a stream of octets.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postern::smtp {

// Finds lines that end in CRLF (RFC 5321 2.3.8).  A line that lies whole in the input is not
// copied; of one that comes in pieces at most max_octets are kept.
class LineReader {
 public:
  enum class Status {
    need_input,  // all of the input consumed
    line,        // without its CRLF
    too_long,    // a line of more than max_octets, CRLF included, has ended and was dropped
    bare,        // a line has ended in a bare LF, or has a bare CR in it, and was dropped
  };

  struct Step {
    Status status;
    std::size_t consumed;
    std::string_view line;  // Status::line only; valid until the next call, or as the input is
  };

  explicit LineReader(std::size_t max_octets) : max_octets_(max_octets) {}

  // Takes a prefix of input.  Call again with the rest until need_input.
  Step read(std::string_view input);

  // Nothing has come of the next line.
  bool is_between_lines() const { return (kept_.empty() || returned_) && !too_long_; }

 private:
  Step finish(std::string_view end_of_line, std::size_t consumed);
  void keep(std::string_view piece);

  std::size_t max_octets_;
  std::string kept_;       // of a line whose end has not come yet
  bool too_long_ = false;  // that line is beyond the limit already
  bool returned_ = false;  // kept_ was returned and is to be forgotten
};

}  // namespace postern::smtp
