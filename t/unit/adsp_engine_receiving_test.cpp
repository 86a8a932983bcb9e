// SPDX-License-Identifier: ISC
//
// t/unit/adsp_engine_receiving_test.cpp - what comes in on a connection.

#include "adsp/engine.h"

#include <chrono>
#include <string>

#include "adsp_engine_fixture.h"
#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern;
using namespace postern::adsp;
using State = Connection::State;

TEST_GROUP_BASE(AdspEngineReceiving, test::EngineFixture) {
  Engine::Id id = 0;

  void setup() override {
    engine.listen(service, 4);
    id = open();
  }
  const Connection& connection() const {
    return *engine.find(id);
  }
  Sequence acknowledged() {
    return sent.empty() ? ~0U : take().packet.next_receive;
  }
};

TEST(AdspEngineReceiving, ReadsOctetsInOrder) {
  hear(octets(0, "HELO "));
  hear(octets(5, "mac\r\n"));
  CHECK(connection().unread() == "HELO mac\r\n");
  LONGS_EQUAL(1, static_cast<long>(engine.take_changed().size()));
  engine.consume(id, 5, now);
  CHECK(connection().unread() == "mac\r\n");
}

TEST(AdspEngineReceiving, AcknowledgesAtOnceWhenAsked) {
  hear(asking(octets(0, "abc")));
  LONGS_EQUAL(3, acknowledged());
  hear(asking(packet(Kind::acknowledgement)));  // a probe
  LONGS_EQUAL(3, acknowledged());
  CHECK(is_silent());
}

TEST(AdspEngineReceiving, AcknowledgesAfterAMomentWhenNotAsked) {
  hear(octets(0, "abc"));
  pass(100ms);
  CHECK(is_silent());
  pass(100ms);
  LONGS_EQUAL(3, acknowledged());
  pass(1s);
  CHECK(is_silent());
}

TEST(AdspEngineReceiving, AcknowledgesByWhatItHasToSay) {
  hear(octets(0, "abc"));
  engine.write(id, "250 ok\r\n", now);
  const Sent reply = take();
  CHECK(reply.packet.kind == Kind::octets && reply.packet.next_receive == 3);
  hear(packet(Kind::acknowledgement, 3, 8));
  pass(1s);
  CHECK(is_silent());
}

TEST(AdspEngineReceiving, AcknowledgesCopiesAtOnce) {
  hear(asking(octets(0, "abc")));
  sent.clear();
  hear(octets(0, "abc"));
  LONGS_EQUAL(3, acknowledged());
}

TEST(AdspEngineReceiving, AcknowledgesAtHalfTheWindow) {
  for (Sequence i = 0; i < 8; ++i) {
    CHECK(is_silent());
    hear(octets(i * 512, std::string(512, 'x')));
  }
  LONGS_EQUAL(4096, acknowledged());
}

TEST(AdspEngineReceiving, NeverAnswersAPlainAcknowledgement) {
  for (int i = 0; i < 100; ++i) hear(packet(Kind::acknowledgement));
  CHECK(is_silent());
}

TEST(AdspEngineReceiving, CountsTheEndsOfMessages) {
  Packet text = asking(octets(0, "abc"));
  text.ends_message = true;
  hear(text);
  LONGS_EQUAL(4, acknowledged());
  Packet end = asking(octets(4, ""));
  end.ends_message = true;
  hear(end);
  LONGS_EQUAL(5, acknowledged());
  hear(octets(5, "def"));
  CHECK(connection().unread() == "abcdef");
}

TEST(AdspEngineReceiving, AdvisesToRetransmitWhenAskedBehindAGap) {
  hear(asking(octets(3, "def")));
  const Sent advice = take();
  CHECK(advice.packet.kind == Kind::retransmit_advice && advice.packet.next_receive == 0);
  CHECK(is_silent() && connection().unread().empty());
  LONGS_EQUAL(1, static_cast<long>(drops(Drop::adsp_early)));
}

TEST(AdspEngineReceiving, AdvisesToRetransmitAtTheThirdPacketBehindAGap) {
  hear(octets(3, "def"));
  hear(octets(6, "ghi"));
  CHECK(is_silent());
  hear(octets(9, "jkl"));
  CHECK(says(Kind::retransmit_advice));
  hear(octets(12, "mno"));
  CHECK(is_silent());
  hear(octets(0, "abc"));
  hear(octets(6, "ghi"));
  hear(octets(9, "jkl"));
  CHECK(is_silent());
  hear(octets(12, "mno"));
  CHECK(says(Kind::retransmit_advice));
}

TEST(AdspEngineReceiving, AdvisesToRetransmitThoughItHasOctetsToSay) {
  engine.write(id, std::string(3 * 572, 'x'), now);
  sent.clear();
  hear(asking(octets(3, "def", 2 * 572)));
  CHECK(says(Kind::octets));
  CHECK(says(Kind::retransmit_advice) && is_silent());
}

TEST(AdspEngineReceiving, SaysUnaskedThatThereIsRoomAgain) {
  for (Sequence i = 0; i < 16; ++i) hear(octets(i * 512, std::string(512, 'x')));
  hear(asking(octets(8192, "x")));
  LONGS_EQUAL(0, sent.back().packet.window);
  sent.clear();
  engine.consume(id, 100, now);
  CHECK(is_silent());
  engine.consume(id, 500, now);
  const Sent news = take();
  CHECK(news.packet.kind == Kind::acknowledgement && news.packet.window == 600);
  LONGS_EQUAL(8192, news.packet.next_receive);
}

TEST(AdspEngineReceiving, AcknowledgesAttentionAndGoesOn) {
  Packet attention = asking(packet(Kind::attention, 0, 0, 0));
  attention.octets = "\x12\x34";
  hear(attention);
  Sent reply = take();
  CHECK(reply.packet.kind == Kind::attention_acknowledgement);
  LONGS_EQUAL(1, reply.packet.next_receive);
  LONGS_EQUAL(0, reply.packet.window);
  hear(attention);  // its acknowledgement was lost
  LONGS_EQUAL(1, take().packet.next_receive);
  attention.first = 1;
  hear(attention);
  LONGS_EQUAL(2, take().packet.next_receive);
  LONGS_EQUAL(2, static_cast<long>(engine.tally().attentions_in));
  CHECK(connection().unread().empty() && connection().state() == State::open);
}

TEST(AdspEngineReceiving, IsFoundByWhoSentThePacket) {
  peer_number = 8;
  hear(octets(0, "a"));
  peer_number = 7;
  peer.node = 10;
  hear(octets(0, "b"));
  peer.node = 9;
  peer.socket = 201;
  hear(octets(0, "c"));
  peer.socket = 200;
  hear(octets(0, "d"), 141);
  LONGS_EQUAL(4, static_cast<long>(drops(Drop::adsp_no_connection)));
  peer.net = 3;  // network 0 is any
  hear(octets(0, "e"));
  CHECK(connection().unread() == "e");
}

TEST(AdspEngineReceiving, HoldsNoMoreThanItsRoomHoweverMuchComes) {
  for (Sequence i = 0; i < 10'000; ++i) hear(octets(i * 572, std::string(572, 'x')));
  LONGS_EQUAL(8192, static_cast<long>(connection().unread().size()));
}

TEST(AdspEngineReceiving, BearsPacketsOfAnyOctets) {
  for (int i = 0; i < 100'000; ++i) {
    std::string octets(random() % 40, '\0');
    for (char& c : octets) c = static_cast<char>(random());
    if (octets.size() > 12 && random() % 2 == 0) octets.replace(0, 2, test::hex("0007"));
    hear(octets);
    sent.clear();
  }
  CHECK(engine.size() <= 8 && engine.tombstones() <= 256);
}
