// SPDX-License-Identifier: ISC
//
// t/unit/adsp_nbp_packet_test.cpp - questions after names, and their answers.

#include "adsp/nbp_packet.h"

#include <string>

#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace postern::adsp;
using postern::test::hex;

TEST_GROUP(AdspNbpPacket) {
  // "=:AFPServer@*", asked by 2.9.253
  const std::string lookup = hex("21 07  0002 09 fd 00  01 3d  09 414650536572766572  01 2a");
  const std::string reply =
      hex("32 07  0001 05 80 01  01 41  01 54  01 2a  0001 05 81 02  01 42  01 54  01 2a");
};

TEST(AdspNbpPacket, ReadsALookup) {
  const auto packet = parse_nbp_packet(lookup);
  CHECK(packet.has_value());
  CHECK(packet->function == NbpFunction::lookup);
  LONGS_EQUAL(7, packet->id);
  CHECK((packet->tuples == std::vector<NbpTuple>{{{2, 9, 0xfd}, 0, {"=", "AFPServer", "*"}}}));
  CHECK(format(*packet) == lookup);
}

TEST(AdspNbpPacket, ReadsAReply) {
  const auto packet = parse_nbp_packet(reply);
  CHECK(packet.has_value());
  CHECK(packet->function == NbpFunction::lookup_reply);
  CHECK((packet->tuples == std::vector<NbpTuple>{{{1, 5, 0x80}, 1, {"A", "T", "*"}},
                                                 {{1, 5, 0x81}, 2, {"B", "T", "*"}}}));
  CHECK(format(*packet) == reply);
}

TEST(AdspNbpPacket, ReadsAReplyThatNamesNothing) {
  const auto packet = parse_nbp_packet(hex("30 01"));
  CHECK(packet && packet->tuples.empty());
}

TEST(AdspNbpPacket, KnowsTheSizeOfATuple) {
  const auto packet = parse_nbp_packet(lookup);
  LONGS_EQUAL(lookup.size(), nbp_header + size_of(packet->tuples[0]));
}

TEST(AdspNbpPacket, TakesAnEmptyZoneForTheOneOfWhoAsks) {
  const auto packet = parse_nbp_packet(hex("11 07  0002 09 fd 00  01 3d  01 3d  00"));
  CHECK(packet && packet->tuples[0].name.zone == "*");
}

TEST(AdspNbpPacket, IgnoresWhatStandsBehindTheTuples) {
  CHECK(parse_nbp_packet(lookup + "xyz").has_value());
}

TEST(AdspNbpPacket, RefusesWhatIsCut) {
  for (std::size_t size = 0; size < lookup.size(); ++size) {
    CHECK(!parse_nbp_packet(lookup.substr(0, size)));
  }
  for (std::size_t size = 0; size < reply.size(); ++size) {
    CHECK(!parse_nbp_packet(reply.substr(0, size)));
  }
}

TEST(AdspNbpPacket, RefusesQuestionsWithoutExactlyOneTuple) {
  CHECK(!parse_nbp_packet(hex("20 07")));
  std::string two = reply;
  two[0] = 0x22;
  CHECK(!parse_nbp_packet(two));
}

TEST(AdspNbpPacket, RefusesOtherFunctions) {
  std::string packet = lookup;
  for (unsigned function = 0; function < 16; ++function) {
    packet[0] = static_cast<char>(function << 4U | 1U);
    const bool is_function = function >= 1 && function <= 4;
    CHECK(parse_nbp_packet(packet).has_value() == is_function);
  }
}

TEST(AdspNbpPacket, RefusesPartsOfMoreThan32Octets) {
  const std::string head = hex("21 07  0002 09 fd 00");
  CHECK(parse_nbp_packet(head + '\x20' + std::string(32, 'x') + hex("01 3d 00")).has_value());
  CHECK(!parse_nbp_packet(head + '\x21' + std::string(33, 'x') + hex("01 3d 00")).has_value());
}
