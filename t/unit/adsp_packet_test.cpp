// SPDX-License-Identifier: ISC
//
// t/unit/adsp_packet_test.cpp - what two ends of a connection send each other.

#include "adsp/packet.h"

#include <string>

#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace postern::adsp;
using postern::test::hex;
using Kind = Packet::Kind;

TEST_GROUP(AdspPacket) {
  const std::string start = hex("0007 00000010 00000020 2000");  // up to the descriptor

  void is(const std::string& octets, Kind kind, bool wants_acknowledgement = false) {
    const auto packet = parse_packet(octets);
    CHECK(packet.has_value());
    CHECK(packet->kind == kind && packet->wants_acknowledgement == wants_acknowledgement);
    CHECK(format(*packet) == octets);
  }
  void refuses(const std::string& octets) {
    const auto packet = parse_packet(octets);
    CHECK(!packet && packet.error() == Drop::adsp_malformed);
  }
};

TEST(AdspPacket, ReadsOctets) {
  is(start + hex("00") + "text", Kind::octets);
  const auto packet = parse_packet(start + hex("60") + "text");
  CHECK(packet && packet->wants_acknowledgement && packet->ends_message);
  LONGS_EQUAL(7, packet->connection);
  LONGS_EQUAL(0x10, packet->first);
  LONGS_EQUAL(0x20, packet->next_receive);
  LONGS_EQUAL(0x2000, packet->window);
}

TEST(AdspPacket, ReadsEachControlPacket) {
  is(start + hex("80"), Kind::acknowledgement);
  is(start + hex("c0"), Kind::acknowledgement, true);
  is(start + hex("85"), Kind::close_advice);
  is(start + hex("86"), Kind::forward_reset);
  is(start + hex("87"), Kind::forward_reset_acknowledgement);
  is(start + hex("88"), Kind::retransmit_advice);
}

TEST(AdspPacket, ReadsEachOpenPacket) {
  const std::string rest = hex("0100 0009 00000030");
  is(start + hex("81") + rest, Kind::open_request);
  is(start + hex("82") + rest, Kind::open_acknowledgement);
  is(start + hex("83") + rest, Kind::open_request_acknowledgement);
  is(start + hex("84") + rest, Kind::open_denial);
  const auto packet = parse_packet(start + hex("83") + rest);
  LONGS_EQUAL(0x100, packet->version);
  LONGS_EQUAL(9, packet->peer_connection);
  LONGS_EQUAL(0x30, packet->attention_receive);
}

TEST(AdspPacket, ReadsAttention) {
  const std::string no_window = hex("0007 00000010 00000020 0000");
  is(no_window + hex("50 1234") + "text", Kind::attention, true);
  is(no_window + hex("90"), Kind::attention_acknowledgement);
  refuses(no_window + hex("50 12"));    // no code
  refuses(start + hex("50 1234"));      // a window
  refuses(start + hex("90"));           //
  refuses(no_window + hex("51 1234"));  // a control code beside
}

TEST(AdspPacket, RefusesWhatIsCut) {
  for (const std::string& whole :
       {start + hex("00"), start + hex("80"), start + hex("81 0100 0009 00000030")}) {
    for (std::size_t size = 0; size < whole.size(); ++size) refuses(whole.substr(0, size));
  }
}

TEST(AdspPacket, RefusesOtherDescriptors) {
  unsigned good = 0;
  for (unsigned descriptor = 0; descriptor < 256; ++descriptor) {
    std::string octets = hex("0007 00000010 00000020 0000");
    octets += static_cast<char>(descriptor);
    octets += hex("0100 0009 00000030");
    if (parse_packet(octets)) ++good;
  }
  LONGS_EQUAL(12 * 4, good);
}

TEST(AdspPacket, HasAtMost572Octets) {
  is(start + hex("00") + std::string(572, 'x'), Kind::octets);
  refuses(start + hex("00") + std::string(573, 'x'));
}

TEST(AdspPacket, IgnoresOctetsBehindControl) {
  const auto packet = parse_packet(start + hex("80") + "xyz");
  CHECK(packet && packet->octets.empty());
}

TEST(AdspPacket, IsOfAConnectionUnlessItOpensOne) {
  const std::string nobody = hex("0000 00000010 00000020 0000");
  const std::string rest = hex("0100 0009 00000030");
  refuses(nobody + hex("00"));
  refuses(nobody + hex("80"));
  refuses(nobody + hex("82") + rest);
  refuses(nobody + hex("50 1234"));
  CHECK(parse_packet(nobody + hex("81") + rest).has_value());  // so that it can be denied
  CHECK(parse_packet(nobody + hex("84") + rest).has_value());
}
