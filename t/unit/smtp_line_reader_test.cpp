// SPDX-License-Identifier: ISC
//
// t/unit/smtp_line_reader_test.cpp - command lines, however they come.

#include "smtp/line_reader.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::smtp::LineReader;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

constexpr std::size_t max_octets = 12;

// A line reader's step as text; nothing for need_input.
std::string describe(const LineReader::Step& step) {
  switch (step.status) {
    case LineReader::Status::need_input: return "";
    case LineReader::Status::line: return cat("[", step.line, "]");
    case LineReader::Status::too_long: return "too long;";
    case LineReader::Status::bare: return "bare;";
  }
  return "?";
}

std::string lines_in(const Pieces& pieces) {
  LineReader reader(max_octets);
  std::string lines;
  for (const std::string_view piece : pieces) {
    const PieceBuffer buffer(piece);
    std::string_view rest = buffer.view();
    while (!rest.empty()) {
      const LineReader::Step step = reader.read(rest);
      lines += describe(step);
      rest.remove_prefix(step.consumed);
      if (step.status == LineReader::Status::need_input && !rest.empty()) return "left over";
    }
  }
  return lines;
}

void check_lines(const char* expected, std::string_view input) {
  STRCMP_EQUAL(expected, same_at_every_cut(input, lines_in).c_str());
}

}  // namespace

TEST_GROUP(LineReader){};

TEST(LineReader, FindsLines) {
  check_lines("[NOOP]", "NOOP\r\n");
  check_lines("[one][][two]", "one\r\n\r\ntwo\r\n");
}

TEST(LineReader, ALineWithoutItsEndIsNoLineYet) {
  check_lines("", "NOOP");
  check_lines("", "NOOP\r");
  check_lines("[one]", "one\r\ntwo");
}

TEST(LineReader, RefusesABareLf) {
  check_lines("bare;[two]", "one\ntwo\r\n");
  check_lines("bare;bare;[]", "\n\n\r\n");
}

TEST(LineReader, RefusesABareCr) {
  check_lines("bare;[two]", "o\rne\r\ntwo\r\n");
  check_lines("bare;[two]", "one\r\r\ntwo\r\n");
  check_lines("bare;[two]", "\rone\r\ntwo\r\n");
  check_lines("bare;[two]", "o\rne\ntwo\r\n");
}

TEST(LineReader, TakesTheLongestLine) {
  check_lines("[0123456789][x]", "0123456789\r\nx\r\n");
}

TEST(LineReader, DropsALongerLineAndFindsTheNext) {
  check_lines("too long;[x]", "0123456789a\r\nx\r\n");
  check_lines("too long;[x]", "0123456789abcdefghijklmnopqrstuvwxyz\r\nx\r\n");
  check_lines("too long;too long;[]", "0123456789abcdef\r\n0123456789abcdef\r\n\r\n");
}

TEST(LineReader, TooLongIsTooLongHoweverItEnds) {
  check_lines("too long;[x]", "0123456789abcdef\nx\r\n");
  check_lines("too long;[x]", "0123456789\rabcdef\r\nx\r\n");
  check_lines("too long;[x]", "0123456789a\r\r\nx\r\n");
}

TEST(LineReader, AnyOtherOctetIsPartOfALine) {
  const std::string_view input("a\0b\t\x7f\xff \r\n", 10);
  const std::string expected = cat("[", input.substr(0, 7), "]");
  CHECK(same_at_every_cut(input.substr(0, 7), lines_in).empty());
  CHECK(same_at_every_cut(cat(input.substr(0, 7), "\r\n"), lines_in) == expected);
}

TEST(LineReader, ConsumesNothingPastTheLine) {
  LineReader reader(max_octets);
  LONGS_EQUAL(5, reader.read("one\r\ntwo\r\n").consumed);
  LONGS_EQUAL(2, reader.read("on").consumed);
  LONGS_EQUAL(3, reader.read("e\r\ntwo\r\n").consumed);
  LONGS_EQUAL(15, reader.read("0123456789abc\r\ntwo\r\n").consumed);
  LONGS_EQUAL(1, reader.read("\ntwo\r\n").consumed);
}

TEST(LineReader, AWholeLineIsNotCopied) {
  const std::string input = "one\r\ntwo\r\n";
  LineReader reader(max_octets);
  POINTERS_EQUAL(input.data(), reader.read(input).line.data());
}
