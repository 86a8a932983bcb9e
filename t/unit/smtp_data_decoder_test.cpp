// SPDX-License-Identifier: ISC
//
// t/unit/smtp_data_decoder_test.cpp - message text, however it comes.

#include "smtp/data_decoder.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::smtp::DataDecoder;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

using Status = DataDecoder::Status;

std::string name_of(Status status) {
  switch (status) {
    case Status::need_input: return "more";
    case Status::text: return "text";
    case Status::end: return "end";
    case Status::bare_cr: return "bare CR";
    case Status::bare_lf: return "bare LF";
    case Status::too_big: return "too big";
  }
  return "?";
}

bool is_final(Status status) {
  return status == Status::end || status == Status::bare_cr || status == Status::bare_lf;
}

// What a decoder makes of a text: "text|status octets-of-text, octets left over".
class Run {
 public:
  explicit Run(std::uint64_t max_octets) : decoder_(max_octets) {}

  std::string feed(const Pieces& pieces) {
    Status status = Status::need_input;
    std::size_t left = 0;
    for (const std::string_view piece : pieces) {
      if (is_final(status)) {
        left += piece.size();
        continue;
      }
      const PieceBuffer buffer(piece);
      std::string_view rest = buffer.view();
      do {
        status = step(rest);
      } while (!is_final(status) && status != Status::need_input);
      left += rest.size();
    }
    return cat(text_, "|", name_of(status), " ", decoder_.octets(), ", left ", left);
  }

 private:
  Status step(std::string_view& rest) {
    const DataDecoder::Step step = decoder_.decode(rest);
    if ((step.status == Status::text) == step.text.empty()) text_ += "(text of the wrong status)";
    rest.remove_prefix(step.consumed);
    if (step.status == Status::need_input && !rest.empty()) text_ += "(input not consumed)";
    if (step.status == Status::too_big) text_ = "(too big)";  // what came before may be of any size
    text_ += step.text;
    return step.status;
  }

  DataDecoder decoder_;
  std::string text_;
};

void check_decoded(const char* expected, std::string_view input, std::uint64_t max_octets = 1000) {
  const auto run = [max_octets](const Pieces& pieces) { return Run(max_octets).feed(pieces); };
  STRCMP_EQUAL(expected, same_at_every_cut(input, run).c_str());
}

}  // namespace

TEST_GROUP(DataDecoder){};

TEST(DataDecoder, TextEndsInALineOfOneDot) {
  check_decoded("a\r\nb\r\n|end 6, left 0", "a\r\nb\r\n.\r\n");
  check_decoded("|end 0, left 0", ".\r\n");
  check_decoded("\r\n\r\n|end 4, left 0", "\r\n\r\n.\r\n");
}

TEST(DataDecoder, ReadsNothingBehindTheEnd) {
  check_decoded("a\r\n|end 3, left 6", "a\r\n.\r\nQUIT\r\n");
  check_decoded("|end 0, left 3", ".\r\n.\r\n");
}

TEST(DataDecoder, RemovesStuffedDots) {
  check_decoded(".\r\n|end 3, left 0", "..\r\n.\r\n");
  check_decoded(".a\r\n..b\r\n|end 9, left 0", "..a\r\n...b\r\n.\r\n");
  check_decoded("a\r\n|end 3, left 0", ".a\r\n.\r\n");
}

TEST(DataDecoder, DotsInsideLinesStay) {
  check_decoded("a.\r\n.b.\r\n |more 10, left 0", "a.\r\n..b.\r\n ");
  check_decoded("a..b\r\n|end 6, left 0", "a..b\r\n.\r\n");
}

TEST(DataDecoder, WithoutTheEndThereIsMoreToCome) {
  check_decoded("|more 0, left 0", "");
  check_decoded("a|more 1, left 0", "a");
  check_decoded("a|more 1, left 0", "a\r");
  check_decoded("a\r\n|more 3, left 0", "a\r\n.");
  check_decoded("a\r\n|more 3, left 0", "a\r\n.\r");
}

TEST(DataDecoder, OnlyCrLfDotCrLfIsTheEnd) {
  check_decoded("a|bare LF 1, left 3", "a\n.\r\n");
  check_decoded("a\r\n|bare LF 3, left 0", "a\r\n.\n");
  check_decoded("a|bare CR 1, left 3", "a\r.\r\n");
  check_decoded("a\r\n|bare CR 3, left 2", "a\r\n.\r.\n");
  check_decoded("a|bare LF 1, left 2", "a\n.\n");
  check_decoded("a|bare CR 1, left 3", "a\r.\r\r");
  check_decoded("|bare LF 0, left 0", ".\n");
}

TEST(DataDecoder, RefusesABareLf) {
  check_decoded("|bare LF 0, left 2", "\nab");
  check_decoded("a|bare LF 1, left 1", "a\nb");
  check_decoded("a\r\n|bare LF 3, left 1", "a\r\n\nb");
  check_decoded("a\r\n.|bare LF 4, left 1", "a\r\n..\nb");
}

TEST(DataDecoder, RefusesABareCr) {
  check_decoded("|bare CR 0, left 2", "\rab");
  check_decoded("a|bare CR 1, left 1", "a\rb");
  check_decoded("a|bare CR 1, left 2", "a\r\r\n");
  check_decoded("a\r\nb\r\n.c|bare CR 8, left 1", "a\r\nb\r\n..c\rd");
}

TEST(DataDecoder, TakesAllOtherOctets) {
  const std::string text("\0\x01\t\x7f\x80\xff\x1a\r\n", 9);
  const auto run = [](const Pieces& pieces) { return Run(1000).feed(pieces); };
  CHECK(same_at_every_cut(text + ".\r\n", run) == cat(text, "|end 9, left 0"));
}

TEST(DataDecoder, CountsTheTextWithoutStuffing) {
  check_decoded("0123\r\n|end 6, left 0", "0123\r\n.\r\n", 6);
  check_decoded(".12\r\n.\r\n|end 8, left 0", "..12\r\n..\r\n.\r\n", 8);
  check_decoded("|end 0, left 0", ".\r\n", 0);
}

TEST(DataDecoder, TooBigComesOnceAndTheEndIsFoundAllTheSame) {
  check_decoded("(too big)|end 7, left 0", "01234\r\n.\r\n", 6);
  check_decoded("(too big)|end 16, left 1", "01234\r\n..5\r\nabc\r\n.\r\nx", 6);
  check_decoded("(too big)|end 2, left 0", "\r\n.\r\n", 1);
}

TEST(DataDecoder, BehindTooMuchTextBareLineEndsAreFound) {
  check_decoded("(too big)|bare LF 7, left 3", "0123456\n.\r\n", 6);
  check_decoded("(too big)|bare CR 9, left 1", "0123456\r\n\rx", 6);
}

TEST(DataDecoder, GivesManyLinesAtOnce) {
  DataDecoder decoder(1000);
  const std::string input = "a\r\n\r\nb.\r\n.c\r\n";
  const DataDecoder::Step step = decoder.decode(input);
  STRCMP_EQUAL("a\r\n\r\nb.\r\n", std::string(step.text).c_str());
  POINTERS_EQUAL(input.data(), step.text.data());
}
