// SPDX-License-Identifier: ISC
//
// t/unit/sendmail_dot_stuffer_test.cpp - text as DATA wants it.

#include "sendmail/dot_stuffer.h"

#include <string>
#include <string_view>

#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::sendmail::DotStuffer;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

std::string stuffed(const Pieces& pieces) {
  DotStuffer stuffer;
  std::string out;
  for (const std::string_view piece : pieces) out += stuffer.stuff(PieceBuffer(piece).view());
  return out;
}

}  // namespace

TEST_GROUP(DotStuffer){};

// RFC 5321 4.5.2.
TEST(DotStuffer, DotsAtTheStartOfALineAreDoubled) {
  STRCMP_EQUAL("", same_at_every_cut("", stuffed).c_str());
  STRCMP_EQUAL("..\r\na.\r\n...b\r\n.. .\r\n\r\n..\r\n",
               same_at_every_cut(".\r\na.\r\n..b\r\n. .\r\n\r\n.\r\n", stuffed).c_str());
}
