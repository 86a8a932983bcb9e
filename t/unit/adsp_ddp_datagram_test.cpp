// SPDX-License-Identifier: ISC
//
// t/unit/adsp_ddp_datagram_test.cpp - a datagram from a socket to a socket.

#include "adsp/ddp_datagram.h"

#include <string>

#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace postern::adsp;
using postern::test::hex;

TEST_GROUP(AdspDdpDatagram){};

TEST(AdspDdpDatagram, ReadsAShortHeader) {
  const std::string octets = hex("0008 02 fd 07 616263");
  const auto datagram = parse_short_ddp(octets, 5, 9);
  CHECK(datagram.has_value());
  CHECK((datagram->destination == Address{0, 5, 2}));
  CHECK((datagram->source == Address{0, 9, 0xfd}));
  LONGS_EQUAL(7, datagram->type);
  CHECK(datagram->octets == "abc");
  CHECK(format_short_ddp(*datagram) == octets);
}

TEST(AdspDdpDatagram, ReadsALongHeader) {
  const std::string octets = hex("0c0f 0000 0001 ff02 05 09 02 fd 07 6162");
  const auto datagram = parse_long_ddp(octets);
  CHECK(datagram.has_value());
  CHECK((datagram->destination == Address{1, 5, 2}));
  CHECK((datagram->source == Address{0xff02, 9, 0xfd}));
  LONGS_EQUAL(3, datagram->hops);
  LONGS_EQUAL(7, datagram->type);
  CHECK(datagram->octets == "ab");
}

// Each octet is added, then the sum is rotated left by one: 1, 2; 3 -> 5, 10; 4 -> 14, 28.
TEST(AdspDdpDatagram, AddsAndRotates) {
  LONGS_EQUAL(2, ddp_checksum(hex("01")));
  LONGS_EQUAL(10, ddp_checksum(hex("01 03")));
  LONGS_EQUAL(28, ddp_checksum(hex("01 03 04")));
  LONGS_EQUAL(0xffff, ddp_checksum(hex("00 00")));
}

TEST(AdspDdpDatagram, RotatesTheUppermostBitToTheLowest) {
  // 0x80 becomes 0x100 and, eight octets on, 0x8000 turns into 1.
  LONGS_EQUAL(0x8000, ddp_checksum(hex("80 00 00 00 00 00 00 00")));
  LONGS_EQUAL(1, ddp_checksum(hex("80 00 00 00 00 00 00 00 00")));
}

TEST(AdspDdpDatagram, ComesBackWithItsChecksum) {
  const DdpDatagram sent{{1, 5, 2}, {3, 9, 0xfd}, 2, 7, "some octets"};
  std::string octets = format_long_ddp(sent);
  const auto datagram = parse_long_ddp(octets);
  CHECK(datagram.has_value());
  CHECK(datagram->destination == sent.destination && datagram->source == sent.source);
  CHECK(datagram->hops == 2 && datagram->octets == "some octets");
  for (std::size_t i = 4; i < octets.size(); ++i) {
    octets[i] = static_cast<char>(octets[i] ^ 0x10);
    const auto broken = parse_long_ddp(octets);
    CHECK(!broken && broken.error() == Drop::ddp_bad_checksum);
    octets[i] = static_cast<char>(octets[i] ^ 0x10);
  }
  octets[0] = static_cast<char>(octets[0] + 4);  // a router counts a hop; the checksum stays
  CHECK(parse_long_ddp(octets).has_value());
}

TEST(AdspDdpDatagram, RefusesWhatIsCutOrLonger) {
  const std::string brief = hex("0008 02 fd 07 616263");
  const std::string extended = hex("000f 0000 0001 0002 05 09 02 fd 07 6162");
  for (std::size_t size = 0; size < brief.size(); ++size) {
    CHECK(!parse_short_ddp(brief.substr(0, size), 5, 9));
  }
  for (std::size_t size = 0; size < extended.size(); ++size) {
    CHECK(!parse_long_ddp(extended.substr(0, size)));
  }
  CHECK(!parse_short_ddp(brief + "x", 5, 9));
  CHECK(!parse_long_ddp(extended + "x"));
}

TEST(AdspDdpDatagram, HasAtMost586Octets) {
  const std::string most(586, 'x');
  CHECK(parse_short_ddp(hex("024f 02 fd 07") + most, 5, 9).has_value());
  CHECK(!parse_short_ddp(hex("0250 02 fd 07") + most + "x", 5, 9).has_value());
  const std::string header = hex("0000 0001 0002 05 09 02 fd 07");
  CHECK(parse_long_ddp(hex("0257") + header + most).has_value());
  CHECK(!parse_long_ddp(hex("0258") + header + most + "x").has_value());
}

TEST(AdspDdpDatagram, RefusesAddressesThatNothingHas) {
  CHECK(!parse_short_ddp(hex("0005 00 fd 07"), 5, 9));
  CHECK(!parse_short_ddp(hex("0005 ff fd 07"), 5, 9));
  CHECK(!parse_short_ddp(hex("0005 02 00 07"), 5, 9));
  CHECK(!parse_short_ddp(hex("0005 02 ff 07"), 5, 9));
  CHECK(!parse_long_ddp(hex("000d 0000 0001 0002 05 00 02 fd 07")));
  CHECK(!parse_long_ddp(hex("000d 0000 0001 0002 05 ff 02 fd 07")));
}

TEST(AdspDdpDatagram, RefusesReservedBits) {
  CHECK(!parse_short_ddp(hex("0405 02 fd 07"), 5, 9));
  CHECK(!parse_long_ddp(hex("400d 0000 0001 0002 05 09 02 fd 07")));
  CHECK(!parse_long_ddp(hex("800d 0000 0001 0002 05 09 02 fd 07")));
}
