// SPDX-License-Identifier: ISC
//
// t/unit/auth_helper_protocol_test.cpp - questions and answers survive the way.

#include <string>
#include <string_view>

#include "auth/helper_protocol.h"
#include "base/text.h"

#include "CppUTest/TestHarness.h"

using namespace postern;
using namespace postern::auth;
using namespace std::string_literals;

namespace {

constexpr std::uint64_t ticket = 0x0123'4567'89ab'cdef;

void check_survives(const Question& question) {
  const auto packet = encode_question(question);
  CHECK(packet.has_value());
  CHECK(packet->size() <= max_packet);
  const auto decoded = decode_question(*packet);
  CHECK(decoded.has_value());
  CHECK(decoded->ticket == question.ticket);
  CHECK(decoded->credentials.name == question.credentials.name);
  CHECK(decoded->credentials.password == question.credentials.password);
}

}  // namespace

TEST_GROUP(HelperProtocol){};

TEST(HelperProtocol, QuestionsSurvive) {
  check_survives({ticket, {"alice", "sesame"}});
  check_survives({0, {"", ""}});
  check_survives({~std::uint64_t{0}, {"al\0ice"s, "\xff\0\r\n"s}});
  check_survives({1, {std::string(max_credential, 'n'), std::string(max_credential, 'p')}});
}

TEST(HelperProtocol, AQuestionIsWhatTheHeaderSays) {
  const auto packet = encode_question({ticket, {"al", "pw!"}});
  CHECK(*packet == "Q\x01\x23\x45\x67\x89\xab\xcd\xef\x00\x02"s + "al\x00\x03pw!"s);
  CHECK(encode_answer({ticket, true}) == "A\x01\x23\x45\x67\x89\xab\xcd\xef"s + "1");
}

TEST(HelperProtocol, CredentialsThatFitNoPacketAreNotSent) {
  constexpr std::size_t room = max_packet - 1 - 8 - 2 - 2;
  check_survives({ticket, {std::string(room, 'n'), ""}});
  check_survives({ticket, {"", std::string(room, 'p')}});
  CHECK(!encode_question({ticket, {std::string(room, 'n'), "p"}}));
  CHECK(!encode_question({ticket, {std::string(70'000, 'n'), ""}}));
  CHECK(!encode_question({ticket, {"", std::string(70'000, 'p')}}));
}

TEST(HelperProtocol, RefusesAQuestionCutAnywhere) {
  const auto packet = encode_question({ticket, {"alice", "sesame"}});
  for (std::size_t length = 0; length < packet->size(); ++length) {
    CHECK(!decode_question(std::string_view(*packet).substr(0, length)));
  }
}

TEST(HelperProtocol, RefusesOctetsBehindAQuestion) {
  CHECK(!decode_question(*encode_question({ticket, {"alice", "sesame"}}) + "\0"s));
  std::string too_long = *encode_question({ticket, {"", std::string(max_packet - 13, 'p')}});
  too_long += 'p';
  ++too_long[12];  // its length field now agrees with its length
  CHECK(!decode_question(too_long));
}

TEST(HelperProtocol, RefusesWhatIsNoQuestion) {
  std::string packet = *encode_question({ticket, {"alice", "sesame"}});
  packet[0] = 'A';
  CHECK(!decode_question(packet));
  CHECK(!decode_question(encode_answer({ticket, true})));
}

TEST(HelperProtocol, AnswersSurvive) {
  for (const bool is_valid : {false, true}) {
    const auto decoded = decode_answer(encode_answer({ticket, is_valid}));
    CHECK(decoded.has_value());
    CHECK(decoded->ticket == ticket);
    CHECK(decoded->is_valid == is_valid);
  }
}

TEST(HelperProtocol, RefusesAnAnswerCutAnywhereOrTooLong) {
  const std::string packet = encode_answer({ticket, true});
  for (std::size_t length = 0; length < packet.size(); ++length) {
    CHECK(!decode_answer(std::string_view(packet).substr(0, length)));
  }
  CHECK(!decode_answer(packet + "1"));
}

// A damaged answer must never let anybody in.
TEST(HelperProtocol, RefusesAnswersThatAreNeitherYesNorNo) {
  for (int octet = 0; octet < 256; ++octet) {
    std::string packet = encode_answer({ticket, true});
    packet.back() = static_cast<char>(octet);
    CHECK_EQUAL(octet == '0' || octet == '1', decode_answer(packet).has_value());
    packet = encode_answer({ticket, true});
    packet.front() = static_cast<char>(octet);
    CHECK_EQUAL(octet == 'A', decode_answer(packet).has_value());
  }
}
