// SPDX-License-Identifier: ISC
//
// smtp/chunk_decoder.cpp - message text that comes in chunks, behind BDAT.

#include "smtp/chunk_decoder.h"

#include <algorithm>

#include "base/text.h"

namespace postern::smtp {

namespace {

constexpr std::string_view crlf = "\r\n";

// How much of text, which begins behind a whole line end or within a line, comes before a CR or LF
// that stands alone, or before a CR that ends it.
std::size_t whole_lines(std::string_view text) {
  std::size_t end = 0;
  while ((end = find_cr_or_lf(text, end)) != std::string_view::npos) {
    if (text.substr(end, crlf.size()) != crlf) return end;
    end += crlf.size();
  }
  return text.size();
}

}  // namespace

void ChunkDecoder::begin(std::uint64_t octets, Position position) {
  left_ = octets;
  position_ = position;
}

ChunkDecoder::Step ChunkDecoder::decode(std::string_view input) {
  if (left_ == 0) {
    if (held_cr_ && position_ == Position::last && !failed_) return fail(Status::bare_cr, 0);
    return {Status::end, 0, {}};
  }
  input = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  if (input.empty()) return {Status::need_input, 0, {}};
  if (failed_ || form_ == Form::octets) return give(input, input.size());
  return give_lines(input);
}

ChunkDecoder::Step ChunkDecoder::give_lines(std::string_view input) {
  if (held_cr_) {
    if (input.front() != '\n') return fail(Status::bare_cr, 0);
    held_cr_ = false;
    return give(crlf, 1);
  }
  const std::size_t good = whole_lines(input);
  if (good > 0) return give(input.substr(0, good), good);
  if (input.front() == '\n') return fail(Status::bare_lf, 0);
  if (input.size() > 1) return fail(Status::bare_cr, 0);
  held_cr_ = true;
  --left_;
  return {Status::need_input, 1, {}};
}

ChunkDecoder::Step ChunkDecoder::give(std::string_view text, std::size_t consumed) {
  left_ -= consumed;
  if (failed_) return {Status::need_input, consumed, {}};
  octets_ += text.size();
  if (octets_ > max_octets_) return fail(Status::too_big, consumed);
  return {Status::text, consumed, text};
}

ChunkDecoder::Step ChunkDecoder::fail(Status status, std::size_t consumed) {
  failed_ = true;
  return {status, consumed, {}};
}

}  // namespace postern::smtp
