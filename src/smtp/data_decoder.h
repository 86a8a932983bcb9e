// SPDX-License-Identifier: ISC
//
// smtp/data_decoder.h - message text between DATA and the final dot.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern::smtp {

// Removes dot stuffing and finds the end of the message (RFC 5321 4.5.2).
//
// Only <CRLF>.<CRLF> ends the text; the CRLF that ends the DATA command counts as its first.
// A CR or LF that stands alone is refused (RFC 5321 2.3.8): were it let through, a sender could
// hide in the text a second message that the next hop would see and we did not ("smuggling").
//
// The decoder does no I/O and keeps no copy of the text.  Each Step.text is a view into the
// caller's buffer and lives as long as that buffer does; only a CR at the very end of a piece
// is held back, and given out as a view of a constant when its LF has come.
class DataDecoder {
 public:
  enum class Status { need_input, text, end, bare_cr, bare_lf, too_big };

  struct Step {
    Status status;
    std::size_t consumed;   // octets of input that are done with
    std::string_view text;  // Status::text only; never empty
  };

  // max_octets counts the text after unstuffing, CRLFs included (RFC 1870 5), whatever size was
  // declared (RFC 1870 6.3).
  explicit DataDecoder(std::uint64_t max_octets) : max_octets_(max_octets) {}

  // Decodes a prefix of input.  Call again with what is left until need_input (all of it
  // consumed) or end.  too_big comes once; after it text is dropped, but the search for its end
  // goes on, so that the session can answer 552.  Must not be called after end, bare_cr or
  // bare_lf.
  Step decode(std::string_view input);

  std::uint64_t octets() const { return octets_; }  // of text so far

 private:
  // Where in the line, or in what may be the end, the next octet stands.
  enum class State { line_start, in_line, held_cr, dot, dot_cr };

  Step line(std::string_view input);
  Step held_cr(std::string_view input);
  Step line_start(std::string_view input);
  Step dot(std::string_view input);
  Step dot_cr(std::string_view input);
  Step give(std::string_view text, std::size_t consumed);

  std::uint64_t max_octets_;
  std::uint64_t octets_ = 0;
  State state_ = State::line_start;
  bool too_big_ = false;
};

}  // namespace postern::smtp
