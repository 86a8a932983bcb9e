// SPDX-License-Identifier: ISC
//
// t/unit/smtp_chunk_decoder_test.cpp - message text in chunks, however the octets come.

#include "smtp/chunk_decoder.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::smtp::ChunkDecoder;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

using Form = ChunkDecoder::Form;
using Status = ChunkDecoder::Status;

// What a decoder makes of chunks: "text|faults|octets left over".
class Run {
 public:
  Run(std::uint64_t max_octets, Form form, std::vector<std::size_t> sizes)
      : decoder_(max_octets, form), sizes_(std::move(sizes)) {
    begin();
  }

  std::string feed(const Pieces& pieces) {
    std::size_t left = 0;
    for (const std::string_view piece : pieces) {
      const PieceBuffer buffer(piece);
      std::string_view rest = buffer.view();
      while (next_ <= sizes_.size() && step(rest)) {
      }
      left += rest.size();
    }
    return cat(text_, "|", faults_, "|", left);
  }

 private:
  void begin() {
    if (next_++ == sizes_.size()) return;
    decoder_.begin(sizes_[next_ - 1], next_ == sizes_.size() ? ChunkDecoder::Position::last
                                                             : ChunkDecoder::Position::middle);
  }

  // Whether there may be more.
  bool step(std::string_view& rest) {
    const ChunkDecoder::Step step = decoder_.decode(rest);
    rest.remove_prefix(step.consumed);
    switch (step.status) {
      case Status::need_input: return !rest.empty() || decoder_.is_complete();
      case Status::text: text_ += step.text; return true;
      case Status::end: begin(); return true;
      case Status::bare_cr: fault("CR"); return true;
      case Status::bare_lf: fault("LF"); return true;
      case Status::too_big: fault("big"); return true;
    }
    return false;
  }

  void fault(std::string_view name) {
    text_.clear();  // how much came before depends on the pieces
    faults_ += name;
  }

  ChunkDecoder decoder_;
  std::vector<std::size_t> sizes_;
  std::size_t next_ = 0;
  std::string text_;
  std::string faults_;
};

std::string decode(std::string_view input, std::vector<std::size_t> sizes, Form form = Form::lines,
                   std::uint64_t max_octets = 1000) {
  return same_at_every_cut(
      input, [&](const Pieces& pieces) { return Run(max_octets, form, sizes).feed(pieces); });
}

}  // namespace

TEST_GROUP(ChunkDecoder){};

TEST(ChunkDecoder, TakesAChunkAndNothingBehindIt) {
  STRCMP_EQUAL("one\r\n||6", decode("one\r\nQUIT\r\n", {5}).c_str());
}

TEST(ChunkDecoder, JoinsChunks) {
  STRCMP_EQUAL("one\r\ntwo\r\n||0", decode("one\r\ntwo\r\n", {2, 3, 5}).c_str());
}

TEST(ChunkDecoder, ChunksMayBeEmpty) {
  STRCMP_EQUAL("||3", decode("abc", {0}).c_str());
  STRCMP_EQUAL("one||0", decode("one", {0, 3, 0}).c_str());
}

// RFC 3030 2: there is nothing special about dots.
TEST(ChunkDecoder, DotsAreText) {
  STRCMP_EQUAL(".\r\n..\r\n||0", decode(".\r\n..\r\n", {3, 4}).c_str());
}

TEST(ChunkDecoder, ALineEndMayBeInTwoChunks) {
  STRCMP_EQUAL("a\r\nb||0", decode("a\r\nb", {2, 2}).c_str());
  STRCMP_EQUAL("a\r\nb||0", decode("a\r\nb", {2, 0, 2}).c_str());
  STRCMP_EQUAL("a\r\n||0", decode("a\r\n", {2, 1}).c_str());
}

// RFC 5321 2.3.8; each is told once, and the rest is taken to its end.
TEST(ChunkDecoder, BareLineEndsAreRefused) {
  STRCMP_EQUAL("|LF|1", decode("a\nb\nx", {4}).c_str());
  STRCMP_EQUAL("|LF|0", decode("\n", {1}).c_str());
  STRCMP_EQUAL("|CR|1", decode("a\rb\rcx", {5}).c_str());
  STRCMP_EQUAL("|CR|0", decode("a\r\r\n", {4}).c_str());
  STRCMP_EQUAL("|LF|0", decode("a\r\n\n", {4}).c_str());
}

TEST(ChunkDecoder, ACrAtTheVeryEndIsBare) {
  STRCMP_EQUAL("|CR|2", decode("a\r\nx", {2}).c_str());
  STRCMP_EQUAL("|CR|0", decode("a\r", {2, 0}).c_str());
  STRCMP_EQUAL("|CR|0", decode("a\rb", {2, 1}).c_str());
}

TEST(ChunkDecoder, OctetsMayBeAnything) {
  STRCMP_EQUAL("a\nb\rc\r||1", decode("a\nb\rc\rx", {2, 4}, Form::octets).c_str());
}

TEST(ChunkDecoder, TheLimitIsThatOfAllChunks) {
  STRCMP_EQUAL("abcdef||0", decode("abcdef", {3, 3}, Form::lines, 6).c_str());
  STRCMP_EQUAL("|big|1", decode("abcdefgx", {3, 4}, Form::lines, 6).c_str());
  STRCMP_EQUAL("|big|0", decode("ab\ncdefg", {3, 5}, Form::octets, 6).c_str());
}

TEST(ChunkDecoder, KnowsWhenAllHasCome) {
  ChunkDecoder decoder{100, Form::lines};
  decoder.begin(3, ChunkDecoder::Position::last);
  CHECK(!decoder.is_complete());
  LONGS_EQUAL(3, decoder.decode("abcdef").consumed);
  CHECK(decoder.is_complete());
  CHECK(decoder.decode("").status == Status::end);
}
