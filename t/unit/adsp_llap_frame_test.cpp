// SPDX-License-Identifier: ISC
//
// t/unit/adsp_llap_frame_test.cpp - a LocalTalk frame in a UDP datagram (LToUDP).

#include "adsp/llap_frame.h"

#include <string>

#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace postern::adsp;
using postern::test::hex;

TEST_GROUP(AdspLlapFrame){
    void refuses(const std::string& datagram){const auto frame = parse_llap_frame(datagram);
CHECK(!frame && frame.error() == Drop::frame_malformed);
}
}
;

TEST(AdspLlapFrame, ReadsAnEnquiry) {
  const std::string octets = hex("deadbeef 81 81 81");
  const auto frame = parse_llap_frame(octets);
  CHECK(frame.has_value());
  UNSIGNED_LONGS_EQUAL(0xdeadbeef, frame->sender);
  LONGS_EQUAL(0x81, frame->destination);
  LONGS_EQUAL(0x81, frame->source);
  CHECK(frame->type == LlapType::enquiry);
  CHECK(frame->octets.empty());
  CHECK(format(*frame) == octets);
}

TEST(AdspLlapFrame, ReadsADatagram) {
  const std::string octets = hex("00000007 ff 05 01  0006 02 81 02 41");
  const auto frame = parse_llap_frame(octets);
  CHECK(frame.has_value());
  CHECK(frame->type == LlapType::ddp_short);
  LONGS_EQUAL(255, frame->destination);
  LONGS_EQUAL(5, frame->source);
  CHECK(frame->octets == hex("0006 02 81 02 41"));
  CHECK(format(*frame) == octets);
}

TEST(AdspLlapFrame, TakesTenBitsOfLengthOnly) {
  CHECK(parse_llap_frame(hex("00000007 ff 05 02  3c02")).has_value());
}

TEST(AdspLlapFrame, RefusesWhatIsTooShort) {
  const std::string whole = hex("deadbeef 81 81 81");
  for (std::size_t size = 0; size < whole.size(); ++size) refuses(whole.substr(0, size));
}

TEST(AdspLlapFrame, RefusesWhatIsTooLong) {
  const std::string head = hex("00000007 ff 05 02");
  CHECK(parse_llap_frame(head + hex("0258") + std::string(598, 'x')).has_value());
  refuses(head + hex("0259") + std::string(599, 'x'));
}

TEST(AdspLlapFrame, RefusesLengthsThatDisagree) {
  refuses(hex("00000007 ff 05 01  0006 02 81 02"));
  refuses(hex("00000007 ff 05 01  0006 02 81 02 41 42"));
  refuses(hex("00000007 ff 05 01  00"));
  refuses(hex("00000007 ff 05 01"));
}

TEST(AdspLlapFrame, RefusesControlFramesWithOctets) {
  refuses(hex("deadbeef 81 81 81 00"));
}

TEST(AdspLlapFrame, RefusesOtherTypes) {
  for (unsigned type = 0; type < 256; ++type) {
    const bool is_type =
        type == 1 || type == 2 || type == 0x81 || type == 0x82 || type == 0x84 || type == 0x85;
    std::string octets = hex("deadbeef 05 06 00");
    octets[6] = static_cast<char>(type);
    if (type == 1 || type == 2) octets += hex("0002");
    CHECK(parse_llap_frame(octets).has_value() == is_type);
  }
}

TEST(AdspLlapFrame, RefusesSourcesThatNobodyHas) {
  refuses(hex("deadbeef 05 00 81"));
  refuses(hex("deadbeef 05 ff 81"));
}
