// SPDX-License-Identifier: ISC
//
// t/fuzz/data_decoder_fuzz.cpp - message text, whole and in pieces.
//
// The input chooses the size of the pieces and the limit of the text; the text follows.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "line_ends.h"
#include "smtp/data_decoder.h"

using namespace postern;
using postern::smtp::DataDecoder;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;

namespace {

using Status = DataDecoder::Status;

struct Outcome {
  Status status = Status::need_input;
  std::string text;
  bool is_too_big = false;  // the text is then not kept
  std::uint64_t octets = 0;
  std::size_t left = 0;  // octets of input behind the end

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

bool is_final(Status status) {
  return status == Status::end || status == Status::bare_cr || status == Status::bare_lf;
}

void take(const DataDecoder::Step& step, std::string_view piece, Outcome& outcome) {
  require((step.status == Status::text) == !step.text.empty());
  const bool is_view = step.text.data() >= piece.data() &&
                       step.text.data() + step.text.size() <= piece.data() + piece.size();
  require(step.text.empty() || is_view || step.text == "\r\n");
  if (step.status == Status::too_big) {
    require(!outcome.is_too_big);
    outcome.is_too_big = true;
    outcome.text.clear();
  }
  require(!outcome.is_too_big || step.text.empty());
  outcome.text += step.text;
  outcome.status = step.status;
}

Outcome decode(const Pieces& pieces, std::uint64_t max_octets) {
  DataDecoder decoder(max_octets);
  Outcome outcome;
  for (const std::string_view piece : pieces) {
    const PieceBuffer buffer(piece);
    std::string_view rest = buffer.view();
    while (!rest.empty() && !is_final(outcome.status)) {
      const DataDecoder::Step step = decoder.decode(rest);
      require(step.consumed <= rest.size());
      rest.remove_prefix(step.consumed);
      require(step.status != Status::need_input || rest.empty());
      take(step, buffer.view(), outcome);
    }
    outcome.left += rest.size();
  }
  if (!is_final(outcome.status)) outcome.status = Status::need_input;  // whatever came last
  outcome.octets = decoder.octets();
  return outcome;
}

std::string stuffed(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_line = i == 0 || text[i - 1] == '\n';
    if (begins_line && text[i] == '.') out += '.';
    out += text[i];
  }
  return out + ".\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const std::uint64_t max_octets = 10 * input.choose(200);
  const Outcome whole = decode({input.text()}, max_octets);
  require(whole == decode(test::pieces_of(input.text(), piece), max_octets));
  require(test::has_whole_line_ends(whole.text));
  require(whole.is_too_big == (whole.octets > max_octets));
  require(whole.is_too_big || whole.text.size() == whole.octets);
  if (whole.status != Status::end || whole.is_too_big) return 0;
  require(whole.text.empty() || whole.text.ends_with("\r\n"));
  const Outcome again = decode({stuffed(whole.text)}, max_octets);
  require(again.status == Status::end && again.text == whole.text && again.left == 0);
  return 0;
}
