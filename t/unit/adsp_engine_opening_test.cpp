// SPDX-License-Identifier: ISC
//
// t/unit/adsp_engine_opening_test.cpp - how connections come to be.

#include <chrono>
#include <set>

#include "adsp/engine.h"
#include "adsp_engine_fixture.h"
#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern;
using namespace postern::adsp;
using State = Connection::State;
using End = Connection::End;

TEST_GROUP_BASE(AdspEngineOpening,
                test::EngineFixture){void setup() override{engine.listen(service, 4);
}

Packet confirmation(std::uint16_t number) const {
  Packet confirmation = packet(Kind::open_acknowledgement);
  confirmation.peer_connection = number;
  return confirmation;
}
// Half-open: a request of another node, and none of its confirmation.
void request_from(std::uint8_t node) {
  peer.node = node;
  hear(packet(Kind::open_request));
}
}
;

TEST(AdspEngineOpening, AgreesToARequest) {
  hear(packet(Kind::open_request));
  const Sent answer = take();
  CHECK(answer.packet.kind == Kind::open_request_acknowledgement);
  CHECK(answer.to == peer && answer.from_socket == service);
  LONGS_EQUAL(7, answer.packet.peer_connection);
  CHECK(answer.packet.connection != 0);
  LONGS_EQUAL(0, answer.packet.next_receive);
  LONGS_EQUAL(8192, answer.packet.window);
  CHECK(engine.take_changed().empty());
  LONGS_EQUAL(1, static_cast<long>(engine.channels_in_use(service)));
}

TEST(AdspEngineOpening, IsOpenOnceThatIsConfirmed) {
  const Engine::Id id = open();
  const Connection* connection = engine.find(id);
  CHECK(connection != nullptr && connection->state() == State::open);
  CHECK(connection->ends().remote == peer && connection->ends().socket == service);
  CHECK(is_silent());
}

TEST(AdspEngineOpening, ListsConnectionsOnceTheyWereOpen) {
  const Engine::Id id = open();
  peer.node = 10;
  hear(packet(Kind::open_request));
  const auto own = engine.open(peer, 150, now);
  CHECK((engine.ids() == std::vector<Engine::Id>{id, *own}));
  hear(packet(Kind::close_advice));
  engine.release(*own, now);
  CHECK(engine.ids() == std::vector<Engine::Id>{id});
}

TEST(AdspEngineOpening, TakesOctetsForTheConfirmationThatWasLost) {
  hear(packet(Kind::open_request));
  sent.clear();
  hear(octets(0, "HELO\r\n"));
  const auto changed = engine.take_changed();
  LONGS_EQUAL(1, static_cast<long>(changed.size()));
  CHECK(engine.find(changed[0])->unread() == "HELO\r\n");
}

TEST(AdspEngineOpening, KnowsTheRoomThatTheConfirmationSays) {
  hear(packet(Kind::open_request, 0, 0, 0));
  Packet confirming = confirmation(take().packet.connection);
  confirming.window = 100;
  hear(confirming);
  engine.write(engine.take_changed().at(0), "220 ", now);
  CHECK(says(Kind::octets));
}

TEST(AdspEngineOpening, IsNotOpenForAPacketThatAcknowledgesTheImpossible) {
  hear(packet(Kind::open_request));
  hear(octets(0, "HELO\r\n", 1));
  CHECK(engine.take_changed().empty());
  LONGS_EQUAL(1, static_cast<long>(drops(Drop::adsp_out_of_state)));
}

TEST(AdspEngineOpening, BeginsWhereThePeerBegins) {
  const Engine::Id id = open(0xfffffffeU, 100);
  LONGS_EQUAL(4, static_cast<long>(engine.write(id, "220 ", now)));
  const Sent answer = take();
  CHECK(answer.packet.kind == Kind::octets && answer.packet.first == 0xfffffffeU);
  hear(packet(Kind::acknowledgement, 0, 2));
  engine.close(id, now);
  CHECK(says(Kind::close_advice));  // so all was acknowledged
}

TEST(AdspEngineOpening, DeniesWhatMakesNoSense) {
  Packet request = packet(Kind::open_request);
  request.version = 0x0200;
  hear(request);
  request = packet(Kind::open_request);
  request.connection = 0;
  hear(request);
  request = packet(Kind::open_request);
  request.peer_connection = 1;
  hear(request);
  for (const int number : {7, 0, 7}) {
    const Sent denial = take();
    CHECK(denial.packet.kind == Kind::open_denial && denial.to == peer);
    LONGS_EQUAL(0, denial.packet.connection);
    LONGS_EQUAL(number, denial.packet.peer_connection);
  }
  LONGS_EQUAL(3, static_cast<long>(engine.tally().denied));
  LONGS_EQUAL(0, static_cast<long>(engine.size()));
}

TEST(AdspEngineOpening, DeniesWhenAllChannelsAreTaken) {
  for (std::uint8_t node = 10; node < 14; ++node) {
    peer.node = node;
    CHECK(open() != 0);
  }
  request_from(14);
  CHECK(says(Kind::open_denial));
  pass(5s);  // none of them gives way, as half-open ones would
  request_from(14);
  CHECK(says(Kind::open_denial));
}

TEST(AdspEngineOpening, DeniesWhenTooManyThatEndedWereNotReleased) {
  engine.listen(service, 1);
  for (std::uint8_t node = 10; node < 12; ++node) {
    peer.node = node;
    CHECK(open() != 0);
    hear(packet(Kind::close_advice));
    engine.take_changed();
  }
  request_from(12);
  CHECK(says(Kind::open_denial));
}

TEST(AdspEngineOpening, CountsTheChannelsOfEachServiceAlone) {
  engine.listen(141, 1);
  for (std::uint8_t node = 10; node < 14; ++node) request_from(node);
  sent.clear();
  hear(packet(Kind::open_request), 141);
  CHECK(says(Kind::open_request_acknowledgement));
  peer.node = 20;
  hear(packet(Kind::open_request), 141);
  CHECK(says(Kind::open_denial));
}

TEST(AdspEngineOpening, LetsHalfOpenOnesGiveWayAfterAWhile) {
  for (std::uint8_t node = 10; node < 14; ++node) request_from(node);
  sent.clear();
  request_from(14);
  CHECK(says(Kind::open_denial));
  pass(3s);
  sent.clear();
  request_from(14);
  CHECK(says(Kind::open_request_acknowledgement));
  LONGS_EQUAL(4, static_cast<long>(engine.channels_in_use(service)));
}

TEST(AdspEngineOpening, IsSilentWhereNothingListens) {
  hear(packet(Kind::open_request), 150);
  engine.stop_listening(service);
  hear(packet(Kind::open_request));
  CHECK(is_silent());
  LONGS_EQUAL(2, static_cast<long>(drops(Drop::no_such_socket)));
}

TEST(AdspEngineOpening, AgreesAgainToACopyOfTheRequest) {
  hear(packet(Kind::open_request));
  const Sent first = take();
  peer.net = 3;  // the network has got a number meanwhile; it is the same peer
  hear(packet(Kind::open_request));
  const Sent second = take();
  CHECK(second.packet.kind == Kind::open_request_acknowledgement);
  LONGS_EQUAL(first.packet.connection, second.packet.connection);
  LONGS_EQUAL(1, static_cast<long>(engine.size()));
}

TEST(AdspEngineOpening, IgnoresACopyOfTheRequestWhenItIsOpen) {
  open();
  hear(packet(Kind::open_request));
  CHECK(is_silent());
  LONGS_EQUAL(1, static_cast<long>(engine.size()));
}

TEST(AdspEngineOpening, AgreesTenTimesThenForgets) {
  hear(packet(Kind::open_request));
  pass(20s);
  LONGS_EQUAL(10, static_cast<long>(sent.size()));
  for (const Sent& one : sent) CHECK(one.packet.kind == Kind::open_request_acknowledgement);
  LONGS_EQUAL(0, static_cast<long>(engine.size()));
  LONGS_EQUAL(1, static_cast<long>(engine.tally().unanswered));
  CHECK(engine.take_changed().empty() && !engine.deadline());
}

TEST(AdspEngineOpening, ForgetsHowOftenTheRequestComesAgain) {
  hear(packet(Kind::open_request));
  for (int i = 0; i < 150; ++i) {
    pass(100ms);
    if (engine.size() == 1) hear(packet(Kind::open_request));
  }
  LONGS_EQUAL(0, static_cast<long>(engine.size()));
}

TEST(AdspEngineOpening, ReplacesAConnectionOfAPeerThatWasStartedAnew) {
  const Engine::Id older = open();
  peer_number = 8;
  hear(packet(Kind::open_request));
  CHECK(engine.find(older)->state() == State::open);  // the request may be an old one
  hear(confirmation(take().packet.connection));
  LONGS_EQUAL(2, static_cast<long>(engine.take_changed().size()));
  CHECK(engine.find(older)->end() == End::replaced);
  CHECK(is_silent());
}

TEST(AdspEngineOpening, ReplacesAConnectionThoughAllChannelsAreTaken) {
  engine.listen(service, 1);
  const Engine::Id older = open();
  peer_number = 8;
  open();
  CHECK(engine.find(older)->end() == End::replaced);
  LONGS_EQUAL(1, static_cast<long>(engine.channels_in_use(service)));
}

TEST(AdspEngineOpening, KeepsAConnectionWhenAnOldRequestComesAgain) {
  const Engine::Id id = open();
  peer_number = 6;
  hear(packet(Kind::open_request));
  peer_number = 7;
  sent.clear();
  pass(15s);
  CHECK(engine.find(id)->state() == State::open);
  LONGS_EQUAL(1, static_cast<long>(engine.size()));
}

TEST(AdspEngineOpening, LetsAPeerHaveConnectionsToTwoServices) {
  engine.listen(141, 1);
  const Engine::Id id = open();
  peer_number = 8;
  hear(packet(Kind::open_request), 141);
  hear(confirmation(take().packet.connection), 141);
  CHECK(engine.find(id)->state() == State::open);
  LONGS_EQUAL(2, static_cast<long>(engine.size()));
}

TEST(AdspEngineOpening, TakesNoConfirmationOfOthers) {
  hear(packet(Kind::open_request));
  const std::uint16_t number = take().packet.connection;
  peer.node = 10;
  hear(confirmation(number));
  peer.node = 9;
  peer_number = 8;
  hear(confirmation(number));
  peer_number = 7;
  hear(confirmation(static_cast<std::uint16_t>(number + 1)));
  hear(confirmation(number), 141);
  hear(confirmation(0));
  CHECK(engine.take_changed().empty());
  hear(confirmation(number));
  LONGS_EQUAL(1, static_cast<long>(engine.take_changed().size()));
}

TEST(AdspEngineOpening, GivesEachConnectionANumberOfItsOwn) {
  engine.listen(service, 1000);
  std::set<std::uint16_t> numbers;
  for (std::uint8_t node = 1; node < 255; ++node) {
    request_from(node);
    const std::uint16_t number = take().packet.connection;
    CHECK(number != 0 && numbers.insert(number).second);
  }
}

TEST(AdspEngineOpening, DeniesSoManyASecond) {
  Packet request = packet(Kind::open_request);
  request.version = 1;
  for (int i = 0; i < 1000; ++i) hear(request);
  LONGS_EQUAL(50, static_cast<long>(sent.size()));
  LONGS_EQUAL(950, static_cast<long>(drops(Drop::too_many)));
}

TEST(AdspEngineOpening, HoldsNoMoreThanItsChannelsInAFlood) {
  for (int i = 0; i < 20'000; ++i) {
    peer = {static_cast<std::uint16_t>(random()), static_cast<std::uint8_t>(1 + random() % 254),
            static_cast<std::uint8_t>(128 + random() % 100)};
    peer_number = static_cast<std::uint16_t>(1 + random() % 1000);
    hear(packet(Kind::open_request));
    now += 1ms;
    if (i % 100 == 0) engine.tick(now);
    CHECK(engine.size() <= 4);
  }
}

// ---- Ours

TEST(AdspEngineOpening, AsksAPeer) {
  const auto id = engine.open(peer, 150, now);
  const Sent request = take();
  CHECK(request.packet.kind == Kind::open_request && request.to == peer);
  LONGS_EQUAL(150, request.from_socket);
  LONGS_EQUAL(0, request.packet.peer_connection);
  Packet agreement = packet(Kind::open_request_acknowledgement, 0, 1000, 500);
  agreement.peer_connection = request.packet.connection;
  peer.socket = 77;  // it may be another
  hear(agreement, 150);
  const Sent confirmation = take();
  CHECK(confirmation.packet.kind == Kind::open_acknowledgement && confirmation.to == peer);
  LONGS_EQUAL(7, confirmation.packet.peer_connection);
  CHECK(engine.find(*id)->state() == State::open);
  hear(agreement, 150);  // the confirmation was lost
  CHECK(says(Kind::open_acknowledgement));
  engine.write(*id, "x", now);
  LONGS_EQUAL(1000, take().packet.first);
}

TEST(AdspEngineOpening, IsDenied) {
  const auto id = engine.open(peer, 150, now);
  Packet denial = packet(Kind::open_denial);
  denial.connection = 0;
  denial.peer_connection = take().packet.connection;
  hear(denial, 150);
  CHECK(engine.find(*id)->end() == End::denied);
  LONGS_EQUAL(1, static_cast<long>(engine.take_changed().size()));
  CHECK(is_silent());
}

TEST(AdspEngineOpening, AsksTenTimesThenGivesUp) {
  const auto id = engine.open(peer, 150, now);
  pass(20s);
  LONGS_EQUAL(10, static_cast<long>(sent.size()));
  CHECK(engine.find(*id)->end() == End::not_answered);
}

TEST(AdspEngineOpening, HasSoManyOfItsOwn) {
  for (std::size_t i = 0; i < Engine::most_own; ++i) CHECK(engine.open(peer, 150, now).has_value());
  CHECK(engine.open(peer, 150, now).error().code == Errc::limit);
}
