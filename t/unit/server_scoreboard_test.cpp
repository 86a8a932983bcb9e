// SPDX-License-Identifier: ISC
//
// t/unit/server_scoreboard_test.cpp - counters that all processes share.

#include "server/scoreboard.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "base/ip_address.h"
#include "base/shared_memory.h"
#include "policy/admission.h"

#include <CppUTest/TestHarness.h>

using postern::IpAddress;
using postern::SharedMemory;
using postern::UniqueFd;
using postern::policy::Admission;
using postern::policy::Time;
using postern::server::Counter;
using postern::server::Histogram;
using postern::server::Scoreboard;
using postern::server::SessionEntry;
using postern::server::SessionRecord;
using postern::server::StatisticsCells;

TEST_GROUP(Scoreboard) {
  Scoreboard board;

  std::uint64_t total(Counter counter) const {
    StatisticsCells totals{};
    board.add_totals(totals);
    return totals.counts[static_cast<std::size_t>(counter)].load();
  }

  static SessionRecord session(const std::string& id) {
    SessionRecord record;
    record.id = id;
    return record;
  }
};

TEST(Scoreboard, BeginsAtZero) {
  for (std::size_t listener = 0; listener < Scoreboard::max_listeners; ++listener) {
    LONGS_EQUAL(0, board.channels(listener));
  }
}

TEST(Scoreboard, CountsTheChannelsOfAllWorkers) {
  board.open_channel(0, 3);
  board.open_channel(0, 3);
  board.open_channel(Scoreboard::max_workers - 1, 3);
  LONGS_EQUAL(3, board.channels(3));
  board.close_channel(0, 3);
  LONGS_EQUAL(2, board.channels(3));
}

TEST(Scoreboard, EachListenerHasACountOfItsOwn) {
  board.open_channel(0, 0);
  board.open_channel(0, Scoreboard::max_listeners - 1);
  LONGS_EQUAL(1, board.channels(0));
  LONGS_EQUAL(0, board.channels(1));
  LONGS_EQUAL(1, board.channels(Scoreboard::max_listeners - 1));
}

TEST(Scoreboard, ForgetsADeadWorkerAndNoOther) {
  board.open_channel(1, 0);
  board.open_channel(2, 0);
  board.open_channel(2, 5);
  board.open_channel(3, 0);
  board.clear_row(2);
  LONGS_EQUAL(2, board.channels(0));
  LONGS_EQUAL(0, board.channels(5));
}

TEST(Scoreboard, IsSharedWithChildren) {
  const pid_t child = ::fork();
  if (child == 0) {
    board.open_channel(7, 0);
    ::_exit(0);
  }
  int status = -1;
  LONGS_EQUAL(child, ::waitpid(child, &status, 0));
  LONGS_EQUAL(0, status);
  LONGS_EQUAL(1, board.channels(0));
}

// As after an exec.
TEST(Scoreboard, IsSharedThroughItsDescriptor) {
  board.open_channel(0, 0);
  Scoreboard again(UniqueFd{::dup(board.fd())});
  LONGS_EQUAL(1, again.channels(0));
  again.open_channel(1, 0);
  LONGS_EQUAL(2, board.channels(0));
}

TEST(Scoreboard, TheDescriptorIsNotInheritedByAccident) {
  CHECK((::fcntl(board.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(Scoreboard, BeginsAnewWhereTheMemoryIsOfAnotherLayout) {
  const SharedMemory::Layout other{"postern-scoreboard", 1, 4096};
  Scoreboard fresh(UniqueFd{::dup(SharedMemory::create(other)->fd())});
  fresh.open_channel(1, 0);
  LONGS_EQUAL(1, fresh.channels(0));
  CHECK(fresh.admission().seed != 0);
}

TEST(Scoreboard, EachHasASeedOfItsOwn) {
  Scoreboard another;
  CHECK(another.admission().seed != board.admission().seed);
}

TEST(Scoreboard, ADeadWorkerGivesBackItsClientsConnections) {
  const Time now{std::chrono::hours{24}};
  const IpAddress client = *IpAddress::parse("192.0.2.1");
  Admission one({.client_connections = 2}, board.admission(), Scoreboard::owner(0));
  Admission other({.client_connections = 2}, board.admission(), Scoreboard::owner(7));
  const auto kept = one.enter(client, now);
  const auto lost = other.enter(client, now);
  CHECK(!one.enter(client, now).has_value());
  board.clear_row(7);
  const auto next = one.enter(client, now);
  CHECK(next.has_value());
  CHECK(!one.enter(client, now).has_value());
}

// ---- What was counted

TEST(Scoreboard, AddsUpWhatAllWorkersHaveCounted) {
  board.statistics(0).count(Counter::logins_valid, 2);
  board.statistics(Scoreboard::max_workers - 1).count(Counter::logins_valid, 3);
  UNSIGNED_LONGS_EQUAL(5, total(Counter::logins_valid));
  UNSIGNED_LONGS_EQUAL(0, total(Counter::logins_invalid));
}

// Prometheus takes a counter that falls for a server that was started anew.
TEST(Scoreboard, KeepsWhatADeadWorkerHasCounted) {
  board.statistics(2).count(Counter::messages_accepted, 4);
  board.statistics(2).observe(Histogram::message_size, 1000);
  board.statistics(3).count(Counter::messages_accepted, 1);
  board.clear_row(2);
  UNSIGNED_LONGS_EQUAL(5, total(Counter::messages_accepted));
  board.clear_row(2);
  UNSIGNED_LONGS_EQUAL(5, total(Counter::messages_accepted));
  board.statistics(2).count(Counter::messages_accepted);  // who has the row now
  board.clear_row(2);
  board.clear_row(3);
  UNSIGNED_LONGS_EQUAL(6, total(Counter::messages_accepted));
  StatisticsCells totals{};
  board.add_totals(totals);
  const auto& sizes = totals.distributions[static_cast<std::size_t>(Histogram::message_size)];
  UNSIGNED_LONGS_EQUAL(1, sizes.buckets[0].load());
  UNSIGNED_LONGS_EQUAL(1000, sizes.sum.load());
}

TEST(Scoreboard, ForgetsTheSessionsOfADeadWorker) {
  SessionEntry dead{board.sessions(), 2};
  dead.write(session("2-1"));
  SessionEntry alive{board.sessions(), 3};
  alive.write(session("3-1"));
  board.clear_row(2);
  const auto sessions = board.sessions().list();
  LONGS_EQUAL(1, sessions.size());
  STRCMP_EQUAL("3-1", sessions.front().id.c_str());
}

// ---- Workers

TEST(Scoreboard, KnowsTheWorkersOfEachGeneration) {
  board.open_row(0, 1);
  board.open_row(1, 2);
  board.open_row(2, 3);
  board.open_row(3, 3);
  LONGS_EQUAL(2, board.workers(3));
  LONGS_EQUAL(2, board.workers_before(3));
  LONGS_EQUAL(0, board.workers_before(1));
  board.clear_row(0);
  board.clear_row(2);
  LONGS_EQUAL(1, board.workers(3));
  LONGS_EQUAL(1, board.workers_before(3));
}

TEST(Scoreboard, AWorkerThatBeginsBeats) {
  CHECK(board.last_beat(0) == Scoreboard::Clock::time_point{});
  const auto before = Scoreboard::Clock::now();
  board.open_row(0, 1);
  CHECK(board.last_beat(0) >= before && board.last_beat(0) <= Scoreboard::Clock::now());
  board.clear_row(0);
  CHECK(board.last_beat(0) == Scoreboard::Clock::time_point{});
}

// ---- What else is kept there

TEST(Scoreboard, RemembersWhenItWasMade) {
  const std::int64_t started = board.started();
  CHECK(started > 0);
  const Scoreboard again(UniqueFd{::dup(board.fd())});
  LONGS_EQUAL(started, again.started());
}

TEST(Scoreboard, KeepsTheLastFailure) {
  STRCMP_EQUAL("", board.failure().c_str());
  board.set_failure("the first one");
  board.set_failure("another");
  STRCMP_EQUAL("another", board.failure().c_str());
  board.set_failure(std::string(10'000, 'x'));
  STRCMP_EQUAL(std::string(511, 'x').c_str(), board.failure().c_str());
}
