// SPDX-License-Identifier: ISC
//
// t/unit/server_scoreboard_test.cpp - counters that all processes share.

#include "server/scoreboard.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "base/ip_address.h"
#include "base/shared_memory.h"
#include "policy/admission.h"

#include <CppUTest/TestHarness.h>

using postern::IpAddress;
using postern::SharedMemory;
using postern::UniqueFd;
using postern::policy::Admission;
using postern::policy::Time;
using postern::server::Scoreboard;

TEST_GROUP(Scoreboard) {
  Scoreboard board;
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
