// SPDX-License-Identifier: ISC
//
// t/unit/adsp_station_test.cpp - nodes and engines together, as a program has them.

#include <chrono>
#include <deque>
#include <string>

#include "adsp/engine.h"
#include "adsp/node.h"
#include "adsp_cable.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern::adsp;
using postern::test::Cable;
using postern::test::only;

namespace {

constexpr std::uint8_t service = 140;

// The cable brings an answer at once, and an engine must not be called by what it calls; so what
// engines send waits for the next turn, as it does between processes.
struct Waiting {
  Address to;
  std::uint8_t from;
  std::string octets;
};

struct Station {
  Node& node;
  std::deque<Waiting> waiting;
  Engine engine;

  explicit Station(Cable& cable)
      : node(cable.start()),
        engine(
            {}, [&cable] { return static_cast<std::uint32_t>(cable.random()); },
            [this](const Address& to, std::uint8_t from, std::string_view octets, Time) {
              waiting.push_back({to, from, std::string(octets)});
            }) {
    node.on_adsp([this](const DdpDatagram& datagram, Time now) { engine.input(datagram, now); });
  }

  void turn(Time now) {
    engine.tick(now);
    for (; !waiting.empty(); waiting.pop_front()) {
      const Waiting one = waiting.front();
      node.send(one.to, one.from, ddp_type::adsp, one.octets, now);
    }
  }
};

}  // namespace

TEST_GROUP(AdspStation) {
  Cable cable;
  Station server{cable};
  Station client{cable};

  void pass(std::chrono::milliseconds time) {
    for (const Time end = cable.now + time; cable.now < end;) {
      cable.run(10ms);
      server.turn(cable.now);
      client.turn(cable.now);
    }
  }
};

TEST(AdspStation, FindsAServiceByNameAndTalksToIt) {
  server.engine.listen(service, 1);
  server.node.add_name({"Postern", "SMTPServer"}, service);
  pass(4s);
  client.node.lookup({"=", "SMTPServer"}, cable.now);
  pass(4s);
  const auto done = only<LookupDone>(client.node.take_events());
  LONGS_EQUAL(1, static_cast<long>(done.at(0).found.size()));
  const auto id = client.engine.open(done[0].found[0].address, 200, cable.now);
  pass(1s);
  const auto accepted = server.engine.take_changed();
  LONGS_EQUAL(1, static_cast<long>(accepted.size()));
  const Connection& there = *server.engine.find(accepted[0]);
  LONGS_EQUAL(client.node.place()->node, there.ends().remote.node);
  server.engine.write(accepted[0], "220 postern\r\n", cable.now);
  server.engine.close(accepted[0], cable.now);
  pass(1s);
  const Connection& here = *client.engine.find(*id);
  CHECK(here.unread() == "220 postern\r\n");
  CHECK(here.end() == Connection::End::peer_closed && there.end() == Connection::End::closed);
  LONGS_EQUAL(0, static_cast<long>(server.engine.tally().retransmissions));
}

// The address of the peer has no network at first and has one later; it is the same peer.
TEST(AdspStation, KeepsAConnectionWhenTheNetworkGetsANumber) {
  server.engine.listen(service, 1);
  const auto id = client.engine.open({0, server.node.place()->node, service}, 200, cable.now);
  pass(1s);
  const std::string ddp =
      format_short_ddp({{0, 0, 1}, {0, 254, 1}, 0, 1, std::string_view("\0\3\x08\xfe", 4)});
  cable.send(format(LlapFrame{9, broadcast_node, 254, LlapType::ddp_short, ddp}));
  LONGS_EQUAL(3, server.node.place()->net);
  client.engine.write(*id, "HELO mac\r\n", cable.now);
  pass(1s);
  const auto accepted = server.engine.take_changed();
  CHECK(server.engine.find(accepted.at(0))->unread() == "HELO mac\r\n");
}
