// SPDX-License-Identifier: ISC
//
// smtp/chunk_decoder.h - message text that comes in chunks, behind BDAT.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postern::smtp {

// Takes the octets of chunks (RFC 3030 2): each begins with begin, and all of them together are
// the text of one message.
//
// A text of lines (all but BODY=BINARYMIME) may have no CR or LF that stands alone, as behind
// DATA; the CR and the LF may be in different chunks.  Here nothing is lost by it but the message:
// where a chunk ends is known in any case, so the session goes on.
//
// Like DataDecoder it does no I/O and keeps no copy of the text: each Step.text is a view into
// the caller's buffer, but for a CR that was held back.
class ChunkDecoder {
 public:
  enum class Form { lines, octets };
  enum class Status { need_input, text, end, bare_cr, bare_lf, too_big };

  struct Step {
    Status status;
    std::size_t consumed;   // octets of input that are done with
    std::string_view text;  // Status::text only; never empty
  };

  // max_octets counts the text of all chunks.
  ChunkDecoder(std::uint64_t max_octets, Form form) : max_octets_(max_octets), form_(form) {}

  // A chunk of so many octets comes now; the last one ends the text.
  enum class Position { middle, last };
  void begin(std::uint64_t octets, Position position);

  // Decodes a prefix of input, nothing past the end of the chunk.  Call again with what is left,
  // which may be nothing, until need_input or end.  One of bare_cr, bare_lf and too_big comes
  // once at most; behind it text is dropped, but octets are counted on to the end.
  Step decode(std::string_view input);

  // All octets of the chunk have been consumed, though end may still have to be fetched.
  bool is_complete() const { return left_ == 0; }

 private:
  Step give(std::string_view text, std::size_t consumed);
  Step give_lines(std::string_view input);
  Step fail(Status status, std::size_t consumed);

  std::uint64_t max_octets_;
  std::uint64_t octets_ = 0;  // of text so far
  std::uint64_t left_ = 0;    // of the chunk
  Form form_;
  Position position_ = Position::middle;
  bool held_cr_ = false;  // the last octet was a CR, and what follows it is not known
  bool failed_ = false;
};

}  // namespace postern::smtp
