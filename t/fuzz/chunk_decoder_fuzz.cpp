// SPDX-License-Identifier: ISC
//
// t/fuzz/chunk_decoder_fuzz.cpp - message text in chunks, whole and in pieces.
//
// The input chooses the size of the pieces, the limit of the text, its form and the sizes of the
// chunks; their octets, and maybe more, follow.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cut.h"
#include "line_ends.h"
#include "smtp/chunk_decoder.h"

using namespace postern;
using postern::smtp::ChunkDecoder;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;

namespace {

using Form = ChunkDecoder::Form;
using Status = ChunkDecoder::Status;

struct Chunks {
  std::uint64_t max_octets;
  Form form;
  std::vector<std::size_t> sizes;  // the last one is that of the last chunk

  explicit Chunks(FuzzInput& input)
      : max_octets(10 * input.choose(20)),
        form(input.choose(2) == 0 ? Form::lines : Form::octets),
        sizes(1 + input.choose(8)) {
    for (std::size_t& octets : sizes) octets = input.choose(64);
  }

  std::size_t octets() const { return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}); }
};

struct Outcome {
  std::size_t ended = 0;     // chunks
  std::size_t consumed = 0;  // octets
  std::optional<Status> fault;
  std::string text;  // none behind a fault, before which there may be more or less of it

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

bool is_fault(Status status) {
  return status == Status::bare_cr || status == Status::bare_lf || status == Status::too_big;
}

void take(const ChunkDecoder::Step& step, std::string_view piece, Outcome& outcome) {
  const std::string_view text = step.text;
  const bool is_view =
      text.data() >= piece.data() && text.data() + text.size() <= piece.data() + piece.size();
  require((step.status == Status::text) == !text.empty());
  require(text.empty() || is_view || text == "\r\n");
  require(text.empty() || !outcome.fault);
  outcome.consumed += step.consumed;
  outcome.text += text;
  if (!is_fault(step.status)) return;
  require(!outcome.fault);
  outcome.fault = step.status;
  outcome.text.clear();
}

Outcome decode(const Pieces& pieces, const Chunks& chunks) {
  ChunkDecoder decoder(chunks.max_octets, chunks.form);
  Outcome outcome;
  std::optional<PieceBuffer> buffer{""};
  std::string_view rest;
  auto piece = pieces.begin();
  for (std::size_t i = 0; i < chunks.sizes.size(); ++i) {
    const std::size_t end = outcome.consumed + chunks.sizes[i];
    decoder.begin(chunks.sizes[i], i + 1 == chunks.sizes.size() ? ChunkDecoder::Position::last
                                                                : ChunkDecoder::Position::middle);
    while (outcome.ended == i) {
      const ChunkDecoder::Step step = decoder.decode(rest);
      require(step.consumed <= rest.size());
      rest.remove_prefix(step.consumed);
      take(step, buffer->view(), outcome);
      require(outcome.consumed <= end && decoder.is_complete() == (outcome.consumed == end));
      require(step.status != Status::end || outcome.consumed == end);
      if (step.status == Status::end) ++outcome.ended;
      if (step.status != Status::need_input || decoder.is_complete()) continue;
      require(step.consumed > 0 || rest.empty());
      if (!rest.empty()) continue;
      if (piece == pieces.end()) return outcome;
      rest = buffer.emplace(*piece++).view();
    }
  }
  return outcome;
}

// ---- The same by other means

// Where the first CR or LF stands that has no other beside it; a CR at the very end may be one yet.
std::size_t find_bare(std::string_view text, bool is_all) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return i;
    if (text[i] != '\r') continue;
    if (i + 1 == text.size() ? is_all : text[i + 1] != '\n') return i;
  }
  return std::string_view::npos;
}

Outcome expected(std::string_view text, const Chunks& chunks) {
  Outcome outcome;
  for (std::size_t end = 0; outcome.ended < chunks.sizes.size(); ++outcome.ended) {
    end += chunks.sizes[outcome.ended];
    if (end > text.size()) break;
  }
  const bool is_all = outcome.ended == chunks.sizes.size();
  text = text.substr(0, chunks.octets());
  outcome.consumed = text.size();
  const bool has_lines = chunks.form == Form::lines;
  const std::size_t bare = has_lines ? find_bare(text, is_all) : std::string_view::npos;
  if (bare != std::string_view::npos) {
    outcome.fault = text[bare] == '\r' ? Status::bare_cr : Status::bare_lf;
  } else if (has_lines && text.ends_with('\r')) {
    text.remove_suffix(1);  // held back
  }
  text = text.substr(0, bare);
  if (text.size() > chunks.max_octets) outcome.fault = Status::too_big;
  if (!outcome.fault) outcome.text = text;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const Chunks chunks(input);
  const Outcome whole = decode({input.text()}, chunks);
  require(whole == expected(input.text(), chunks));
  require(whole == decode(test::pieces_of(input.text(), piece), chunks));
  require(chunks.form == Form::octets || test::has_whole_line_ends(whole.text));
  return 0;
}
