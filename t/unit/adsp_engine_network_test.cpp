// SPDX-License-Identifier: ISC
//
// t/unit/adsp_engine_network_test.cpp - engines talk over networks of all qualities.

#include <chrono>
#include <string>

#include "adsp/engine.h"
#include "adsp_network.h"
#include "adsp_talker.h"
#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern;
using namespace postern::adsp;
using postern::test::Faults;
using postern::test::Network;
using postern::test::Talker;

namespace {

constexpr std::uint8_t service = 140;

std::string text_of(std::size_t octets, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(octets, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// A client at node 9 and a server at node 5.
struct Pair {
  Network network;
  Engine& client;
  Engine& server;
  Talker client_talker;
  Talker server_talker;

  explicit Pair(unsigned seed, const Faults& faults = {}, std::size_t channels = 8,
                const Connection::Sizes& sizes = {})
      : network(seed, faults),
        client(network.add(9, sizes)),
        server(network.add(5, sizes)),
        client_talker(network, client),
        server_talker(network, server) {
    server.listen(service, channels);
    server_talker.closes = false;
    network.on_event = [this] {
      client_talker.turn();
      server_talker.turn();
    };
  }

  Engine::Id open(std::uint8_t from) {
    return client.open({0, 5, service}, from, network.now).value();
  }
  bool run_until_ended(std::size_t connections, std::chrono::milliseconds time) {
    return network.run_until(
        [&] {
          return client_talker.ended() == connections && server_talker.ended() >= connections;
        },
        time);
  }
};

}  // namespace

TEST_GROUP(AdspEngineNetwork){
    // A client says something, a server something else; both must have it all, and part well.
    void converses(unsigned seed, const Faults& faults, std::size_t there, std::size_t back,
                   std::chrono::milliseconds time){Pair pair(seed, faults);
pair.client_talker.says = text_of(there, seed);
pair.client_talker.expects = back;
pair.server_talker.says = text_of(back, seed + 1);
pair.server_talker.most_read = 1 + seed % 2000;
const Engine::Id id = pair.open(200);
const std::string what = cat("seed ", seed);
CHECK_TEXT(pair.run_until_ended(1, time), what.c_str());
const Talker::Talk& client = pair.client_talker.talks.at(id);
LONGS_EQUAL(1, static_cast<long>(pair.server_talker.talks.size()));
const Talker::Talk& server = pair.server_talker.talks.begin()->second;
CHECK_TEXT(client.told == pair.server_talker.says, what.c_str());
CHECK_TEXT(server.told == pair.client_talker.says, what.c_str());
CHECK_TEXT(client.end == Connection::End::closed, what.c_str());
CHECK_TEXT(server.end == Connection::End::peer_closed, what.c_str());
}
}
;

TEST(AdspEngineNetwork, TalksOverAGoodNetwork) {
  for (unsigned seed = 0; seed < 20; ++seed) converses(seed, {}, 20'000, 20'000, 10s);
}

TEST(AdspEngineNetwork, TalksThoughPacketsAreLost) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    converses(seed, {.lost_of_100 = 10, .most_delay = 5ms}, 10'000, 6'000, 5min);
  }
}

TEST(AdspEngineNetwork, TalksThoughPacketsComeTwice) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    converses(seed, {.copied_of_100 = 30, .most_delay = 5ms}, 10'000, 6'000, 1min);
  }
}

TEST(AdspEngineNetwork, TalksThoughPacketsOvertakeEachOther) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    converses(seed, {.most_delay = 100ms}, 10'000, 6'000, 5min);
  }
}

TEST(AdspEngineNetwork, TalksThoughEverythingIsWrongAtOnce) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    converses(seed, {.lost_of_100 = 15, .copied_of_100 = 15, .most_delay = 60ms}, 5'000, 3'000,
              10min);
  }
}

TEST(AdspEngineNetwork, TakesAMegabyteThoughOneInTenIsLost) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    converses(seed, {.lost_of_100 = 10, .least_delay = 2ms, .most_delay = 4ms}, 1'000'000, 200,
              10min);
  }
}

TEST(AdspEngineNetwork, GivesAMegabyteThoughOneInTenIsLost) {
  for (unsigned seed = 0; seed < 5; ++seed) {
    converses(seed, {.lost_of_100 = 10, .least_delay = 2ms, .most_delay = 4ms}, 200, 1'000'000,
              10min);
  }
}

TEST(AdspEngineNetwork, SendsLittleAgainOverAGoodNetwork) {
  Pair pair(1);
  pair.client_talker.says = text_of(100'000, 1);
  pair.open(200);
  CHECK(pair.run_until_ended(1, 1min));
  LONGS_EQUAL(0, static_cast<long>(pair.client.tally().retransmissions));
  // 175 packets, an acknowledgement for every few of them, and the opening and the end.
  CHECK(pair.network.packets < 300);
}

TEST(AdspEngineNetwork, ServesEightAtOnceThoughOneInTenIsLost) {
  Pair pair(7, {.lost_of_100 = 10, .most_delay = 10ms});
  pair.client_talker.says = text_of(50'000, 7);
  for (std::uint8_t i = 0; i < 8; ++i) pair.open(static_cast<std::uint8_t>(200 + i));
  CHECK(pair.run_until_ended(8, 10min));
  for (const auto& [id, talk] : pair.server_talker.talks) {
    CHECK(talk.told == pair.client_talker.says && talk.end == Connection::End::peer_closed);
  }
}

TEST(AdspEngineNetwork, HoldsBackAPeerWhoseOctetsNobodyReads) {
  Pair pair(3);
  pair.client_talker.says = text_of(100'000, 3);
  pair.server_talker.reads = false;
  const Engine::Id id = pair.open(200);
  pair.network.run(10min);
  const Connection& client = *pair.client.find(id);
  const Engine::Id accepted = pair.server_talker.talks.begin()->first;
  CHECK(client.state() == Connection::State::open);
  LONGS_EQUAL(8192, static_cast<long>(pair.server.find(accepted)->unread().size()));
  LONGS_EQUAL(8192 + 16384, static_cast<long>(pair.client_talker.talks[id].said));
  pair.server_talker.reads = true;
  pair.server_talker.serve(accepted);
  CHECK(pair.run_until_ended(1, 1min));
  CHECK(pair.server_talker.talks[accepted].told == pair.client_talker.says);
}

// The one packet that says there is room again is lost; the sender must ask.
TEST(AdspEngineNetwork, GoesOnThoughTheNewsOfRoomIsLost) {
  Pair pair(3);
  pair.client_talker.says = text_of(50'000, 3);
  pair.server_talker.reads = false;
  pair.open(200);
  pair.network.run(10s);
  pair.network.loses = [](const Network::Sent& packet) { return packet.from.node == 5; };
  pair.server_talker.reads = true;
  pair.server_talker.serve(pair.server_talker.talks.begin()->first);
  pair.network.loses = [](const Network::Sent&) { return false; };
  CHECK(pair.run_until_ended(1, 20s));
}

TEST(AdspEngineNetwork, ReadsInPartsOfAnySize) {
  for (const std::size_t part : {1U, 2U, 571U, 572U, 573U, 4096U}) {
    Pair pair(5);
    pair.client_talker.says = text_of(20'000, 5);
    pair.server_talker.most_read = part;
    pair.open(200);
    CHECK(pair.run_until_ended(1, 1min));
    CHECK(pair.server_talker.talks.begin()->second.told == pair.client_talker.says);
  }
}

TEST(AdspEngineNetwork, WorksWithTheSmallestOfWindows) {
  for (const std::size_t size : {1U, 2U, 100U, 572U, 1000U}) {
    Pair pair(5, {.lost_of_100 = 5}, 8, {.receive = size, .send = size});
    pair.client_talker.says = text_of(size < 100 ? 50 : 20'000, 5);
    pair.open(200);
    CHECK(pair.run_until_ended(1, 10min));
    CHECK(pair.server_talker.talks.begin()->second.told == pair.client_talker.says);
  }
}

TEST(AdspEngineNetwork, OpensThoughHalfIsLost) {
  unsigned opened = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    Pair pair(seed, {.lost_of_100 = 50});
    pair.client_talker.closes = false;
    pair.open(200);
    const bool is_open = pair.network.run_until(
        [&] { return pair.client.tally().opened == 1 && pair.server.tally().opened == 1; }, 1min);
    if (is_open) ++opened;
  }
  CHECK(opened > 180);
}

// What is left over of anything would be found at the end.
TEST(AdspEngineNetwork, KeepsNothingOfADayOfConnections) {
  Pair pair(11, {.lost_of_100 = 5, .copied_of_100 = 5, .most_delay = 50ms});
  pair.client_talker.says = text_of(2'000, 11);
  std::uint64_t seconds = 0;
  for (; seconds < 24 * 3600; seconds += 20) {
    const auto from = static_cast<std::uint8_t>(128 + seconds / 20 % 100);
    const Engine::Id id = pair.open(from);
    pair.network.run(20s);
    if (seconds % 300 == 0 && pair.client.find(id) != nullptr)
      pair.client.abort(id, pair.network.now);
    if (pair.server_talker.talks.size() > 1000) pair.server_talker.talks.clear();
    if (pair.client_talker.talks.size() > 1000) pair.client_talker.talks.clear();
  }
  CHECK(pair.server.tally().opened > 4000);
  pair.network.run(5min);
  LONGS_EQUAL(0, static_cast<long>(pair.client.size()));
  LONGS_EQUAL(0, static_cast<long>(pair.server.size()));
  LONGS_EQUAL(0, static_cast<long>(pair.client.tombstones()));
  LONGS_EQUAL(0, static_cast<long>(pair.server.tombstones()));
  CHECK(!pair.client.deadline() && !pair.server.deadline());
  CHECK(pair.client.take_changed().empty() && pair.server.take_changed().empty());
}
