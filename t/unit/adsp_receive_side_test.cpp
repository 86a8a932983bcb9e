// SPDX-License-Identifier: ISC
//
// t/unit/adsp_receive_side_test.cpp - what has come on a connection and was not read yet.

#include "adsp/receive_side.h"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern::adsp;
using Taken = ReceiveSide::Taken;

TEST_GROUP(AdspReceiveSide) {
  ReceiveSide side{10};
};

TEST(AdspReceiveSide, TakesOctetsInTheirOrder) {
  CHECK(side.take(0, "abc", false) == Taken::all);
  CHECK(side.take(3, "def", false) == Taken::all);
  CHECK(side.unread() == "abcdef");
  LONGS_EQUAL(6, side.next());
  LONGS_EQUAL(4, side.window());
}

TEST(AdspReceiveSide, TakesTheNewPartOfAnOverlap) {
  side.take(0, "abc", false);
  CHECK(side.take(1, "bcde", false) == Taken::all);
  CHECK(side.unread() == "abcde");
}

TEST(AdspReceiveSide, KnowsDuplicates) {
  side.take(0, "abc", false);
  CHECK(side.take(0, "abc", false) == Taken::duplicate);
  CHECK(side.take(1, "b", false) == Taken::duplicate);
  CHECK(side.take(0xfffffff0U, "x", false) == Taken::duplicate);
  CHECK(side.unread() == "abc");
}

TEST(AdspReceiveSide, LeavesWhatIsBehindAGap) {
  CHECK(side.take(1, "b", false) == Taken::early);
  CHECK(side.take(10, "b", false) == Taken::early);
  CHECK(side.take(11, "b", false) == Taken::stray);
  CHECK(side.unread().empty());
}

TEST(AdspReceiveSide, TakesWhatThereIsRoomFor) {
  CHECK(side.take(0, "0123456789abc", false) == Taken::part);
  CHECK(side.unread() == "0123456789");
  LONGS_EQUAL(0, side.window());
  CHECK(side.take(10, "abc", false) == Taken::part);
  LONGS_EQUAL(10, side.next());
  side.consume(4);
  CHECK(side.take(10, "abc", true) == Taken::all);
  CHECK(side.unread() == "456789abc");
}

TEST(AdspReceiveSide, CountsTheEndOfAMessageAsANumberWithoutRoom) {
  CHECK(side.take(0, "0123456789", true) == Taken::all);
  LONGS_EQUAL(11, side.next());
  CHECK(side.take(11, "", true) == Taken::all);
  LONGS_EQUAL(12, side.next());
  CHECK(side.take(11, "", true) == Taken::duplicate);
  CHECK(side.take(0, "0123456789", true) == Taken::duplicate);
  CHECK(side.unread() == "0123456789");
}

// The end was lost with a packet that is sent anew, longer.
TEST(AdspReceiveSide, TakesAnEndAlone) {
  side.take(0, "abc", false);
  CHECK(side.take(0, "abc", true) == Taken::all);
  LONGS_EQUAL(4, side.next());
  CHECK(side.take(4, "d", false) == Taken::all);
  CHECK(side.unread() == "abcd");
}

TEST(AdspReceiveSide, DoesNotTakeTheEndIfPartOfTheOctetsIsMissing) {
  CHECK(side.take(0, "0123456789a", true) == Taken::part);
  LONGS_EQUAL(10, side.next());
}

TEST(AdspReceiveSide, FindsNothingInAnEmptyPacket) {
  CHECK(side.take(0, "", false) == Taken::nothing);
  CHECK(side.take(5, "", false) == Taken::nothing);
}

TEST(AdspReceiveSide, GoesOnBehindTheHighestNumber) {
  ReceiveSide other{10};
  CHECK(other.reset(10));
  for (std::uint32_t i = 0; i < 20; ++i) CHECK(other.reset(other.next() + 10));
  ReceiveSide wraps{65535};
  while (wraps.next() < 0xffff0000U) CHECK(wraps.reset(wraps.next() + 65535));
  CHECK(wraps.reset(0xffffffffU));
  CHECK(wraps.take(0xffffffffU, "abc", false) == Taken::all);
  LONGS_EQUAL(2, wraps.next());
  CHECK(wraps.take(0xffffffffU, "abcd", false) == Taken::all);
  CHECK(wraps.unread() == "abcd");
}

TEST(AdspReceiveSide, ForgetsWhatIsResetWithinTheWindow) {
  side.take(0, "abc", false);
  CHECK(!side.reset(2));
  CHECK(!side.reset(11));
  CHECK(side.unread() == "abc");
  CHECK(side.reset(10));
  CHECK(side.unread().empty());
  LONGS_EQUAL(10, side.next());
}

TEST(AdspReceiveSide, KeepsNothingWhenNobodyReads) {
  side.take(0, "abc", false);
  side.discard();
  for (std::uint32_t i = 3; i < 100; ++i) CHECK(side.take(i, "x", false) == Taken::all);
  CHECK(side.unread().empty());
  LONGS_EQUAL(10, side.window());
}

TEST(AdspReceiveSide, HasMuchToAcknowledgeAtHalfItsRoom) {
  side.announced();
  side.take(0, "abcd", false);
  CHECK(!side.has_much_to_acknowledge());
  side.take(4, "e", false);
  CHECK(side.has_much_to_acknowledge());
  side.announced();
  CHECK(!side.has_much_to_acknowledge());
}

TEST(AdspReceiveSide, HasNewsWhenThereIsRoomForAPacketAgain) {
  ReceiveSide large{4000};
  large.take(0, std::string(4000, 'x'), false);
  large.announced();
  large.consume(571);
  CHECK(!large.has_news_of_room());
  large.consume(1);
  CHECK(large.has_news_of_room());
  large.announced();
  CHECK(!large.has_news_of_room());
  large.consume(1000);  // it has room for a packet in its eyes, so this can wait
  CHECK(!large.has_news_of_room());
  large.consume(1000);
  CHECK(large.has_news_of_room());
}

TEST(AdspReceiveSide, HasNewsWhenAllIsRead) {
  side.take(0, "0123456789", false);
  side.announced();
  side.consume(4);
  CHECK(!side.has_news_of_room());
  side.consume(6);
  CHECK(side.has_news_of_room());
}
