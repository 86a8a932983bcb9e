// SPDX-License-Identifier: ISC
//
// t/unit/adsp_engine_sending_test.cpp - what goes out on a connection.

#include "adsp/engine.h"

#include <chrono>
#include <string>

#include "adsp_engine_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern;
using namespace postern::adsp;

TEST_GROUP_BASE(AdspEngineSending, test::EngineFixture) {
  Engine::Id id = 0;

  void setup() override {
    engine.listen(service, 4);
    id = open();
  }
  const Connection& connection() const {
    return *engine.find(id);
  }
};

TEST(AdspEngineSending, AsksForAcknowledgementAtTheEndOfABurst) {
  engine.write(id, std::string(3 * 572, 'x'), now);
  LONGS_EQUAL(2, static_cast<long>(sent.size()));
  CHECK(!sent[0].packet.wants_acknowledgement && sent[1].packet.wants_acknowledgement);
  sent.clear();
  hear(packet(Kind::acknowledgement, 0, 2 * 572));
  const Sent last = take();
  CHECK(last.packet.wants_acknowledgement && last.packet.first == 2 * 572);
  CHECK(is_silent());
}

TEST(AdspEngineSending, SendsLongerBurstsAsTheyArrive) {
  engine.write(id, std::string(16'000, 'x'), now);
  Sequence arrived = 0;
  for (const std::size_t burst : {2U, 3U, 4U, 5U, 6U}) {
    LONGS_EQUAL(burst, static_cast<long>(sent.size()));
    arrived += static_cast<Sequence>(burst) * 572;
    sent.clear();
    hear(packet(Kind::acknowledgement, 0, arrived));
  }
  LONGS_EQUAL(6, static_cast<long>(sent.size()));
}

TEST(AdspEngineSending, SendsNoMoreThanThereIsRoomFor) {
  hear(packet(Kind::open_request));
  peer.node = 10;
  id = open(0, 100);
  engine.write(id, std::string(1000, 'x'), now);
  const Sent first = take();
  CHECK(first.octets.size() == 100 && first.packet.wants_acknowledgement && is_silent());
  hear(packet(Kind::acknowledgement, 0, 100, 0));
  CHECK(is_silent());
  hear(packet(Kind::acknowledgement, 0, 100, 900));
  LONGS_EQUAL(2, static_cast<long>(sent.size()));
}

TEST(AdspEngineSending, LeavesRoomForLessThanAPacketUntilTheOthersHaveArrived) {
  peer.node = 10;
  id = open(0, 700);
  engine.write(id, std::string(2000, 'x'), now);
  const Sent first = take();
  CHECK(first.octets.size() == 572 && first.packet.wants_acknowledgement && is_silent());
  hear(packet(Kind::acknowledgement, 0, 572, 128));
  LONGS_EQUAL(128, static_cast<long>(take().octets.size()));
}

TEST(AdspEngineSending, KeepsToRoomThatWasPromised) {
  hear(packet(Kind::acknowledgement, 0, 0, 10));  // 8192 before
  engine.write(id, std::string(100, 'x'), now);
  LONGS_EQUAL(100, static_cast<long>(take().octets.size()));
}

TEST(AdspEngineSending, AsksWhetherThereIsRoomAgain) {
  peer.node = 10;
  id = open(0, 0);
  engine.write(id, "220 ", now);
  CHECK(is_silent());
  pass(2s);
  const Sent probe = take();
  CHECK(probe.packet.kind == Kind::acknowledgement && probe.packet.wants_acknowledgement);
  hear(packet(Kind::acknowledgement, 0, 0, 100));
  CHECK(take().octets == "220 ");
}

TEST(AdspEngineSending, SendsAgainWhatIsNotAcknowledged) {
  engine.write(id, "250 ok\r\n", now);
  const Sent first = take();
  pass(2s);
  const Sent again = take();
  CHECK(again.octets == first.octets && again.packet.first == first.packet.first);
  CHECK(again.packet.wants_acknowledgement);
  LONGS_EQUAL(1, static_cast<long>(engine.tally().retransmissions));
}

TEST(AdspEngineSending, SendsAgainMoreAndMoreSeldom) {
  engine.write(id, "250 ok\r\n", now);
  pass(29s);
  CHECK(sent.size() >= 5 && sent.size() <= 8);  // at 0, 1.5, 4.5, 10.5, 18.5 and 26.5
  for (const Sent& one : sent) CHECK(one.octets == "250 ok\r\n");
}

TEST(AdspEngineSending, SendsAgainAtOnceWhenAdvised) {
  engine.write(id, std::string(2 * 572, 'x'), now);
  sent.clear();
  hear(packet(Kind::retransmit_advice, 0, 572));
  const Sent again = take();
  CHECK(again.packet.first == 572 && again.octets.size() == 572);
  hear(packet(Kind::retransmit_advice, 0, 572));  // for the same loss
  CHECK(is_silent());
  now += 400ms;
  hear(packet(Kind::retransmit_advice, 0, 572));
  LONGS_EQUAL(572, take().packet.first);
}

TEST(AdspEngineSending, BelievesNoImpossibleAcknowledgement) {
  engine.write(id, "abc", now);
  sent.clear();
  hear(packet(Kind::acknowledgement, 0, 4));
  hear(packet(Kind::acknowledgement, 0, 0xffffffffU));
  hear(packet(Kind::acknowledgement, 0, 0x80000000U));
  engine.close(id, now);
  CHECK(is_silent());
  hear(packet(Kind::acknowledgement, 0, 3));
  CHECK(says(Kind::close_advice));
}

TEST(AdspEngineSending, TakesAnAcknowledgementFromAPacketThatItRefuses) {
  engine.write(id, "abc", now);
  sent.clear();
  hear(octets(5, "behind a gap", 3));
  engine.close(id, now);
  CHECK(says(Kind::close_advice));
}

TEST(AdspEngineSending, TellsWhenThereIsRoomAfterAWriteThatWasCut) {
  LONGS_EQUAL(16384, static_cast<long>(engine.write(id, std::string(20'000, 'x'), now)));
  LONGS_EQUAL(0, static_cast<long>(connection().room()));
  CHECK(engine.take_changed().empty());
  hear(packet(Kind::acknowledgement, 0, 572));
  CHECK(engine.take_changed() == std::vector<Engine::Id>{id});
  LONGS_EQUAL(572, static_cast<long>(connection().room()));
  hear(packet(Kind::acknowledgement, 0, 2 * 572));
  CHECK(engine.take_changed().empty());
}
