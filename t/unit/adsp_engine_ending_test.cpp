// SPDX-License-Identifier: ISC
//
// t/unit/adsp_engine_ending_test.cpp - how connections end.

#include "adsp/engine.h"

#include <chrono>
#include <string>

#include "adsp_engine_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern;
using namespace postern::adsp;
using State = Connection::State;
using End = Connection::End;

TEST_GROUP_BASE(AdspEngineEnding, test::EngineFixture) {
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

TEST(AdspEngineEnding, ClosesOnlyWhenEverythingIsAcknowledged) {
  engine.write(id, "221 bye\r\n", now);
  engine.close(id, now);
  CHECK(says(Kind::octets) && is_silent());
  pass(2s);
  CHECK(says(Kind::octets) && is_silent());
  hear(packet(Kind::acknowledgement, 0, 9));
  const Sent advice = take();
  CHECK(advice.packet.kind == Kind::close_advice && advice.packet.first == 9);
  CHECK(connection().end() == End::closed);
}

TEST(AdspEngineEnding, GivesUpClosingAfterTwoMinutes) {
  engine.write(id, "221 bye\r\n", now);
  engine.close(id, now);
  for (int i = 0; i < 119; ++i) {
    pass(1s);
    hear(packet(Kind::acknowledgement));  // alive, and takes nothing
  }
  CHECK(connection().state() == State::closing);
  pass(1s);
  CHECK(connection().end() == End::undelivered);
  CHECK(sent.back().packet.kind == Kind::close_advice);
}

TEST(AdspEngineEnding, ForgetsWhatComesWhileItCloses) {
  engine.write(id, "221 bye\r\n", now);
  engine.close(id, now);
  sent.clear();
  hear(asking(octets(0, "more")));
  LONGS_EQUAL(4, acknowledged());
  CHECK(connection().unread().empty());
}

TEST(AdspEngineEnding, RemindsAPeerThatTheConnectionIsClosed) {
  engine.close(id, now);
  engine.release(id, now);
  CHECK(says(Kind::close_advice));
  hear(octets(0, "more"));
  CHECK(says(Kind::close_advice));
  hear(packet(Kind::close_advice));
  CHECK(is_silent());
  pass(2min);
  LONGS_EQUAL(0, static_cast<long>(engine.tombstones()));
  hear(octets(0, "more"));
  CHECK(is_silent());
}

TEST(AdspEngineEnding, RemindsSoManyTimesASecond) {
  engine.close(id, now);
  sent.clear();
  for (int i = 0; i < 1000; ++i) hear(octets(0, "more"));
  LONGS_EQUAL(50, static_cast<long>(sent.size()));
}

TEST(AdspEngineEnding, RemembersSoManyClosedConnections) {
  for (int i = 0; i < 300; ++i) {
    ++peer_number;
    const Engine::Id next = open();
    engine.release(next, now);
    sent.clear();
  }
  LONGS_EQUAL(256, static_cast<long>(engine.tombstones()));
  hear(octets(0, "more"));
  CHECK(says(Kind::close_advice));  // the youngest is there
}

TEST(AdspEngineEnding, DoesNotOpenAClosedConnectionForAnOldRequest) {
  engine.close(id, now);
  engine.release(id, now);
  sent.clear();
  hear(packet(Kind::open_request));
  CHECK(is_silent());
  pass(5s);
  hear(packet(Kind::open_request));  // so it is a new one with the number of the old
  CHECK(says(Kind::open_request_acknowledgement));
}

TEST(AdspEngineEnding, IsClosedByThePeerWithAllThatItSaid) {
  hear(octets(0, "QUIT\r\n"));
  engine.write(id, "221 bye\r\n", now);
  sent.clear();
  engine.take_changed();
  hear(packet(Kind::close_advice, 6));
  CHECK(connection().end() == End::peer_closed && connection().unread() == "QUIT\r\n");
  CHECK(engine.take_changed() == std::vector<Engine::Id>{id});
  CHECK(is_silent());
  engine.consume(id, 6, now);
  engine.release(id, now);
  LONGS_EQUAL(0, static_cast<long>(engine.size()));
  CHECK(is_silent() && !engine.deadline());
}

TEST(AdspEngineEnding, WaitsForWhatIsMissingInFrontOfTheClose) {
  hear(packet(Kind::close_advice, 6));
  CHECK(connection().state() == State::open);
  CHECK(says(Kind::retransmit_advice));
  hear(octets(0, "QUIT\r\n"));
  hear(packet(Kind::close_advice, 6));
  CHECK(connection().end() == End::peer_closed);
}

TEST(AdspEngineEnding, TellsThePeerWhenItAborts) {
  engine.write(id, "abc", now);
  sent.clear();
  engine.abort(id, now);
  const Sent advice = take();
  CHECK(advice.packet.kind == Kind::close_advice && advice.packet.first == 0);
  CHECK(connection().end() == End::aborted);
  LONGS_EQUAL(0, static_cast<long>(engine.write(id, "more", now)));
}

TEST(AdspEngineEnding, EndsWhenThePeerWantsOctetsForgotten) {
  hear(octets(0, "DATA\r\n"));
  sent.clear();
  hear(packet(Kind::forward_reset, 100));
  const Sent reply = take();
  CHECK(reply.packet.kind == Kind::forward_reset_acknowledgement);
  LONGS_EQUAL(100, reply.packet.next_receive);
  CHECK(says(Kind::close_advice));
  CHECK(connection().end() == End::peer_reset && connection().unread().empty());
}

TEST(AdspEngineEnding, DeliversWhatItHasSaidThoughAResetComesWhileItCloses) {
  engine.write(id, "221 bye\r\n", now);
  engine.close(id, now);
  sent.clear();
  hear(packet(Kind::forward_reset, 100));
  CHECK(says(Kind::forward_reset_acknowledgement) && is_silent());
  hear(packet(Kind::acknowledgement, 100, 9));
  CHECK(says(Kind::close_advice));
  CHECK(connection().end() == End::closed);
}

TEST(AdspEngineEnding, AnswersAResetThatMakesNoSense) {
  hear(octets(0, "DATA\r\n"));
  sent.clear();
  for (const Sequence first : {5U, 10'000U}) {
    hear(packet(Kind::forward_reset, first));
    const Sent reply = take();
    CHECK(reply.packet.kind == Kind::forward_reset_acknowledgement);
    LONGS_EQUAL(6, reply.packet.next_receive);
  }
  CHECK(connection().unread() == "DATA\r\n" && connection().state() == State::open);
}

TEST(AdspEngineEnding, AsksASilentPeerAndGivesItUpAfterTwoMinutes) {
  pass(119s);
  LONGS_EQUAL(3, static_cast<long>(sent.size()));
  for (const Sent& one : sent) {
    CHECK(one.packet.kind == Kind::acknowledgement && one.packet.wants_acknowledgement);
  }
  sent.clear();
  CHECK(connection().state() == State::open);
  pass(1s);
  CHECK(says(Kind::close_advice));
  CHECK(connection().end() == End::silent);
  LONGS_EQUAL(1, static_cast<long>(engine.tally().silent));
}

TEST(AdspEngineEnding, WaitsTwoMinutesFromTheLastSignOfLife) {
  pass(100s);
  hear(packet(Kind::acknowledgement));
  sent.clear();
  pass(119s);
  LONGS_EQUAL(3, static_cast<long>(sent.size()));
  CHECK(connection().state() == State::open);
  pass(1s);
  CHECK(connection().end() == End::silent);
}

TEST(AdspEngineEnding, StaysWithAPeerThatAnswers) {
  for (int i = 0; i < 100; ++i) {
    pass(100s);
    hear(packet(Kind::acknowledgement));
  }
  CHECK(connection().state() == State::open);
}

TEST(AdspEngineEnding, ReleasesWhatHasNotEnded) {
  engine.release(id, now);
  CHECK(says(Kind::close_advice));
  CHECK(engine.find(id) == nullptr && engine.take_changed().empty());
}

TEST(AdspEngineEnding, NamesEachOnceOfThoseThatChange) {
  hear(octets(0, "a"));
  hear(octets(1, "b"));
  CHECK(engine.take_changed() == std::vector<Engine::Id>{id});
  CHECK(engine.take_changed().empty());
}
