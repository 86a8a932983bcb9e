// SPDX-License-Identifier: ISC
//
// t/unit/server_handshake_queue_test.cpp - who shakes hands in which turn.

#include "server/handshake_queue.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "net/stream.h"

#include <CppUTest/TestHarness.h>

using postern::UniqueFd;
using postern::net::Loop;
using postern::net::Stream;
using postern::net::StreamObserver;
using postern::net::Timer;
using postern::server::ConnectionId;
using postern::server::HandshakeQueue;

namespace {

// A stream, and its peer, which says an octet when it is told to.
class Client final : public StreamObserver {
 public:
  explicit Client(Loop& loop) {
    int ends[2];
    CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    peer_ = UniqueFd{ends[1]};
    stream = std::make_unique<Stream>(loop, UniqueFd{ends[0]}, *this);
  }

  void speak() const { CHECK(::write(peer_.get(), "x", 1) == 1); }

  void on_input() override {
    ++inputs;
    stream->consume(stream->input().size());
  }
  void on_sent() override {}
  void on_tls_started() override {}
  void on_end(End, std::string_view) override {}

  std::unique_ptr<Stream> stream;
  int inputs = 0;

 private:
  UniqueFd peer_;
};

}  // namespace

TEST_GROUP(ServerHandshakeQueue) {
  static constexpr std::size_t most = HandshakeQueue::most_per_turn;
  HandshakeQueue queue;
  std::set<ConnectionId> gone;

  void enter(ConnectionId first, ConnectionId last) {
    for (ConnectionId id = first; id <= last; ++id) queue.enter(id);
  }

  // Those who began.
  std::vector<ConnectionId> turn() {
    std::vector<ConnectionId> begun;
    queue.begin_some([&](ConnectionId id) {
      if (gone.count(id) > 0) return false;
      begun.push_back(id);
      return true;
    });
    return begun;
  }
};

TEST(ServerHandshakeQueue, NobodyIsCalledWhenNobodyWaits) {
  CHECK(!queue.has_waiting());
  CHECK(turn().empty());
}

TEST(ServerHandshakeQueue, AFewBeginTogether) {
  enter(1, most);
  CHECK_EQUAL(most, turn().size());
  CHECK(!queue.has_waiting());
}

TEST(ServerHandshakeQueue, OfManySomeBeginInEachTurnTheFirstFirst) {
  enter(1, 2 * most + 1);
  for (ConnectionId first = 1; first <= most + 1; first += most) {
    const auto begun = turn();
    CHECK_EQUAL(most, begun.size());
    for (std::size_t i = 0; i < most; ++i) CHECK_EQUAL(first + i, begun[i]);
    CHECK(queue.has_waiting());
  }
  enter(100, 100);
  CHECK((turn() == std::vector<ConnectionId>{2 * most + 1, 100}));
  CHECK(!queue.has_waiting());
}

TEST(ServerHandshakeQueue, WhoIsGoneTakesNobodysPlace) {
  enter(1, 3 * most);
  for (ConnectionId id = 1; id <= 2 * most; ++id) gone.insert(id);
  const auto begun = turn();
  CHECK_EQUAL(most, begun.size());
  CHECK_EQUAL(2 * most + 1, begun.front());
  CHECK(!queue.has_waiting());
}

// One that ends at its beginning, and one that comes meanwhile.
TEST(ServerHandshakeQueue, MayBeEnteredFromInside) {
  queue.enter(1);
  std::vector<ConnectionId> called;
  queue.begin_some([&](ConnectionId id) {
    called.push_back(id);
    if (id == 1) queue.enter(2);
    return true;
  });
  CHECK((called == std::vector<ConnectionId>{1, 2}));
}

// All begin before the loop turns for the first time, and each turn has room for a session.
TEST(ServerHandshakeQueue, OfABurstSomeBeginInEachTurnOfTheLoop) {
  Loop loop;
  Timer next_turn(loop, [] {});
  Client session(loop);
  std::deque<Client> clients;
  for (ConnectionId id = 0; id < 2 * most + 1; ++id) {
    clients.emplace_back(loop);
    clients.back().stream->call_on_arrival([this, id] { queue.enter(id); });  // once
    clients.back().speak();
  }
  session.speak();
  std::vector<std::size_t> begun_by_turn;
  std::vector<int> inputs_by_turn;
  loop.run([&] {
    begun_by_turn.push_back(turn().size());
    inputs_by_turn.push_back(session.inputs);
    if (!queue.has_waiting()) return loop.stop();
    session.speak();
    next_turn.start(std::chrono::milliseconds{0});
  });
  CHECK((begun_by_turn == std::vector<std::size_t>{most, most, 1}));
  CHECK((inputs_by_turn == std::vector<int>{1, 2, 3}));
  for (const Client& client : clients) CHECK(client.inputs == 0 && client.stream->input().empty());
}
