// SPDX-License-Identifier: ISC
//
// t/unit/text_feed.h - one text in all the ways in which a network may cut it.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace postern::test {

using Pieces = std::vector<std::string_view>;

// One piece, just as long as its buffer, so that the address sanitizer notices who reads behind
// the end or keeps a view of it.
class PieceBuffer {
 public:
  explicit PieceBuffer(std::string_view piece) : octets_(piece.begin(), piece.end()) {}

  std::string_view view() const { return {octets_.data(), octets_.size()}; }

 private:
  std::vector<char> octets_;
};

// text in pieces of so many octets, the last one maybe shorter.
inline Pieces pieces_of(std::string_view text, std::size_t octets) {
  Pieces pieces;
  for (; !text.empty(); text.remove_prefix(pieces.back().size())) {
    pieces.push_back(text.substr(0, octets));
  }
  return pieces;
}

// text whole, in two at every octet, and octet by octet.
inline std::vector<Pieces> all_cuts(std::string_view text) {
  std::vector<Pieces> cuts{{text}};
  for (std::size_t i = 1; i < text.size(); ++i) cuts.push_back({text.substr(0, i), text.substr(i)});
  cuts.push_back(pieces_of(text, 1));
  return cuts;
}

// What run makes of text whole.  If it makes something else of the same text in pieces, the
// result says so instead, and equals nothing that a test expects.
template <typename Run>
std::string same_at_every_cut(std::string_view text, Run run) {
  const std::string whole = run(Pieces{text});
  for (const Pieces& pieces : all_cuts(text)) {
    const std::string outcome = run(pieces);
    if (outcome == whole) continue;
    return cat("whole:\n", whole, "\nin ", pieces.size(), " pieces, the first of ",
               pieces.front().size(), " octets:\n", outcome);
  }
  return whole;
}

}  // namespace postern::test
