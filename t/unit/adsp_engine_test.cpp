// SPDX-License-Identifier: ISC
//
// t/unit/adsp_engine_test.cpp - connections that are open, and how they end.

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
using End = Connection::End;

TEST_GROUP_BASE(AdspEngine, test::EngineFixture) {
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

// ---- What comes in

TEST(AdspEngine, ReadsOctetsInOrder) {
  hear(octets(0, "HELO "));
  hear(octets(5, "mac\r\n"));
  CHECK(connection().unread() == "HELO mac\r\n");
  LONGS_EQUAL(1, static_cast<long>(engine.take_changed().size()));
  engine.consume(id, 5, now);
  CHECK(connection().unread() == "mac\r\n");
}

TEST(AdspEngine, AcknowledgesAtOnceWhenAsked) {
  hear(asking(octets(0, "abc")));
  LONGS_EQUAL(3, acknowledged());
  hear(asking(packet(Kind::acknowledgement)));  // a probe
  LONGS_EQUAL(3, acknowledged());
  CHECK(is_silent());
}

TEST(AdspEngine, AcknowledgesAfterAMomentWhenNotAsked) {
  hear(octets(0, "abc"));
  pass(100ms);
  CHECK(is_silent());
  pass(100ms);
  LONGS_EQUAL(3, acknowledged());
  pass(1s);
  CHECK(is_silent());
}

TEST(AdspEngine, AcknowledgesByWhatItHasToSay) {
  hear(octets(0, "abc"));
  engine.write(id, "250 ok\r\n", now);
  const Sent reply = take();
  CHECK(reply.packet.kind == Kind::octets && reply.packet.next_receive == 3);
  hear(packet(Kind::acknowledgement, 3, 8));
  pass(1s);
  CHECK(is_silent());
}

TEST(AdspEngine, AcknowledgesCopiesAtOnce) {
  hear(asking(octets(0, "abc")));
  sent.clear();
  hear(octets(0, "abc"));
  LONGS_EQUAL(3, acknowledged());
}

TEST(AdspEngine, AcknowledgesAtHalfTheWindow) {
  for (Sequence i = 0; i < 8; ++i) {
    CHECK(is_silent());
    hear(octets(i * 512, std::string(512, 'x')));
  }
  LONGS_EQUAL(4096, acknowledged());
}

TEST(AdspEngine, NeverAnswersAPlainAcknowledgement) {
  for (int i = 0; i < 100; ++i) hear(packet(Kind::acknowledgement));
  CHECK(is_silent());
}

TEST(AdspEngine, CountsTheEndsOfMessages) {
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

TEST(AdspEngine, AdvisesToRetransmitWhenAskedBehindAGap) {
  hear(asking(octets(3, "def")));
  const Sent advice = take();
  CHECK(advice.packet.kind == Kind::retransmit_advice && advice.packet.next_receive == 0);
  CHECK(is_silent() && connection().unread().empty());
  LONGS_EQUAL(1, static_cast<long>(drops(Drop::adsp_early)));
}

TEST(AdspEngine, AdvisesToRetransmitAtTheThirdPacketBehindAGap) {
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

TEST(AdspEngine, AdvisesToRetransmitThoughItHasOctetsToSay) {
  engine.write(id, std::string(3 * 572, 'x'), now);
  sent.clear();
  hear(asking(octets(3, "def", 2 * 572)));
  CHECK(says(Kind::octets));
  CHECK(says(Kind::retransmit_advice) && is_silent());
}

TEST(AdspEngine, SaysUnaskedThatThereIsRoomAgain) {
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

TEST(AdspEngine, AcknowledgesAttentionAndGoesOn) {
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

TEST(AdspEngine, IsFoundByWhoSentThePacket) {
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

TEST(AdspEngine, HoldsNoMoreThanItsRoomHoweverMuchComes) {
  for (Sequence i = 0; i < 10'000; ++i) hear(octets(i * 572, std::string(572, 'x')));
  LONGS_EQUAL(8192, static_cast<long>(connection().unread().size()));
}

TEST(AdspEngine, BearsPacketsOfAnyOctets) {
  for (int i = 0; i < 100'000; ++i) {
    std::string octets(random() % 40, '\0');
    for (char& c : octets) c = static_cast<char>(random());
    if (octets.size() > 12 && random() % 2 == 0) octets.replace(0, 2, test::hex("0007"));
    hear(octets);
    sent.clear();
  }
  CHECK(engine.size() <= 8 && engine.tombstones() <= 256);
}

// ---- What goes out

TEST(AdspEngine, AsksForAcknowledgementAtTheEndOfABurst) {
  engine.write(id, std::string(3 * 572, 'x'), now);
  LONGS_EQUAL(2, static_cast<long>(sent.size()));
  CHECK(!sent[0].packet.wants_acknowledgement && sent[1].packet.wants_acknowledgement);
  sent.clear();
  hear(packet(Kind::acknowledgement, 0, 2 * 572));
  const Sent last = take();
  CHECK(last.packet.wants_acknowledgement && last.packet.first == 2 * 572);
  CHECK(is_silent());
}

TEST(AdspEngine, SendsLongerBurstsAsTheyArrive) {
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

TEST(AdspEngine, SendsNoMoreThanThereIsRoomFor) {
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

TEST(AdspEngine, LeavesRoomForLessThanAPacketUntilTheOthersHaveArrived) {
  peer.node = 10;
  id = open(0, 700);
  engine.write(id, std::string(2000, 'x'), now);
  const Sent first = take();
  CHECK(first.octets.size() == 572 && first.packet.wants_acknowledgement && is_silent());
  hear(packet(Kind::acknowledgement, 0, 572, 128));
  LONGS_EQUAL(128, static_cast<long>(take().octets.size()));
}

TEST(AdspEngine, KeepsToRoomThatWasPromised) {
  hear(packet(Kind::acknowledgement, 0, 0, 10));  // 8192 before
  engine.write(id, std::string(100, 'x'), now);
  LONGS_EQUAL(100, static_cast<long>(take().octets.size()));
}

TEST(AdspEngine, AsksWhetherThereIsRoomAgain) {
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

TEST(AdspEngine, SendsAgainWhatIsNotAcknowledged) {
  engine.write(id, "250 ok\r\n", now);
  const Sent first = take();
  pass(2s);
  const Sent again = take();
  CHECK(again.octets == first.octets && again.packet.first == first.packet.first);
  CHECK(again.packet.wants_acknowledgement);
  LONGS_EQUAL(1, static_cast<long>(engine.tally().retransmissions));
}

TEST(AdspEngine, SendsAgainMoreAndMoreSeldom) {
  engine.write(id, "250 ok\r\n", now);
  pass(29s);
  CHECK(sent.size() >= 5 && sent.size() <= 8);  // at 0, 1.5, 4.5, 10.5, 18.5 and 26.5
  for (const Sent& one : sent) CHECK(one.octets == "250 ok\r\n");
}

TEST(AdspEngine, SendsAgainAtOnceWhenAdvised) {
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

TEST(AdspEngine, BelievesNoImpossibleAcknowledgement) {
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

TEST(AdspEngine, TakesAnAcknowledgementFromAPacketThatItRefuses) {
  engine.write(id, "abc", now);
  sent.clear();
  hear(octets(5, "behind a gap", 3));
  engine.close(id, now);
  CHECK(says(Kind::close_advice));
}

TEST(AdspEngine, TellsWhenThereIsRoomAfterAWriteThatWasCut) {
  LONGS_EQUAL(16384, static_cast<long>(engine.write(id, std::string(20'000, 'x'), now)));
  LONGS_EQUAL(0, static_cast<long>(connection().room()));
  CHECK(engine.take_changed().empty());
  hear(packet(Kind::acknowledgement, 0, 572));
  CHECK(engine.take_changed() == std::vector<Engine::Id>{id});
  LONGS_EQUAL(572, static_cast<long>(connection().room()));
  hear(packet(Kind::acknowledgement, 0, 2 * 572));
  CHECK(engine.take_changed().empty());
}

// ---- The end

TEST(AdspEngine, ClosesOnlyWhenEverythingIsAcknowledged) {
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

TEST(AdspEngine, GivesUpClosingAfterTwoMinutes) {
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

TEST(AdspEngine, ForgetsWhatComesWhileItCloses) {
  engine.write(id, "221 bye\r\n", now);
  engine.close(id, now);
  sent.clear();
  hear(asking(octets(0, "more")));
  LONGS_EQUAL(4, acknowledged());
  CHECK(connection().unread().empty());
}

TEST(AdspEngine, RemindsAPeerThatTheConnectionIsClosed) {
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

TEST(AdspEngine, RemindsSoManyTimesASecond) {
  engine.close(id, now);
  sent.clear();
  for (int i = 0; i < 1000; ++i) hear(octets(0, "more"));
  LONGS_EQUAL(50, static_cast<long>(sent.size()));
}

TEST(AdspEngine, RemembersSoManyClosedConnections) {
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

TEST(AdspEngine, DoesNotOpenAClosedConnectionForAnOldRequest) {
  engine.close(id, now);
  engine.release(id, now);
  sent.clear();
  hear(packet(Kind::open_request));
  CHECK(is_silent());
  pass(5s);
  hear(packet(Kind::open_request));  // so it is a new one with the number of the old
  CHECK(says(Kind::open_request_acknowledgement));
}

TEST(AdspEngine, IsClosedByThePeerWithAllThatItSaid) {
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

TEST(AdspEngine, WaitsForWhatIsMissingInFrontOfTheClose) {
  hear(packet(Kind::close_advice, 6));
  CHECK(connection().state() == State::open);
  CHECK(says(Kind::retransmit_advice));
  hear(octets(0, "QUIT\r\n"));
  hear(packet(Kind::close_advice, 6));
  CHECK(connection().end() == End::peer_closed);
}

TEST(AdspEngine, TellsThePeerWhenItAborts) {
  engine.write(id, "abc", now);
  sent.clear();
  engine.abort(id, now);
  const Sent advice = take();
  CHECK(advice.packet.kind == Kind::close_advice && advice.packet.first == 0);
  CHECK(connection().end() == End::aborted);
  LONGS_EQUAL(0, static_cast<long>(engine.write(id, "more", now)));
}

TEST(AdspEngine, EndsWhenThePeerWantsOctetsForgotten) {
  hear(octets(0, "DATA\r\n"));
  sent.clear();
  hear(packet(Kind::forward_reset, 100));
  const Sent reply = take();
  CHECK(reply.packet.kind == Kind::forward_reset_acknowledgement);
  LONGS_EQUAL(100, reply.packet.next_receive);
  CHECK(says(Kind::close_advice));
  CHECK(connection().end() == End::peer_reset && connection().unread().empty());
}

TEST(AdspEngine, AnswersAResetThatMakesNoSense) {
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

TEST(AdspEngine, AsksASilentPeerAndGivesItUpAfterTwoMinutes) {
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

TEST(AdspEngine, WaitsTwoMinutesFromTheLastSignOfLife) {
  pass(100s);
  hear(packet(Kind::acknowledgement));
  sent.clear();
  pass(119s);
  LONGS_EQUAL(3, static_cast<long>(sent.size()));
  CHECK(connection().state() == State::open);
  pass(1s);
  CHECK(connection().end() == End::silent);
}

TEST(AdspEngine, StaysWithAPeerThatAnswers) {
  for (int i = 0; i < 100; ++i) {
    pass(100s);
    hear(packet(Kind::acknowledgement));
  }
  CHECK(connection().state() == State::open);
}

TEST(AdspEngine, ReleasesWhatHasNotEnded) {
  engine.release(id, now);
  CHECK(says(Kind::close_advice));
  CHECK(engine.find(id) == nullptr && engine.take_changed().empty());
}

TEST(AdspEngine, NamesEachOnceOfThoseThatChange) {
  hear(octets(0, "a"));
  hear(octets(1, "b"));
  CHECK(engine.take_changed() == std::vector<Engine::Id>{id});
  CHECK(engine.take_changed().empty());
}
