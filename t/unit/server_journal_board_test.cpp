// SPDX-License-Identifier: ISC
//
// t/unit/server_journal_board_test.cpp - what is left of a worker's journal in memory.

#include "server/journal_board.h"

#include <fcntl.h>

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::server::JournalBoard;

TEST_GROUP(JournalBoard){};

TEST(JournalBoard, AFreshOneKnowsOfNobody) {
  JournalBoard board;
  for (std::size_t row = 0; row < server::Scoreboard::max_workers; ++row) {
    CHECK(!board.work(row));
    CHECK(board.mark(row).load() == 0);
  }
}

TEST(JournalBoard, ARowIsTakenUntilItIsCleared) {
  JournalBoard board;
  board.mark(3).store(17);  // of who was there before
  const DirectoryId spool{8, 2, 31};
  board.begin(3, {.slot = 0, .round = 4711, .spool = spool});
  CHECK(board.mark(3).load() == 0);
  const auto work = board.work(3);
  CHECK(work && work->slot == 0 && work->round == 4711 && work->spool == spool);
  board.mark(3).store(9);
  CHECK(!board.work(2));
  board.clear(3);
  CHECK(!board.work(3));
  CHECK(board.mark(3).load() == 0);
}

TEST(JournalBoard, TheNextProgramFindsIt) {
  JournalBoard before;
  before.begin(1, {.slot = 7, .round = 1, .spool = {}});
  before.mark(1).store(12);
  JournalBoard after{UniqueFd{::fcntl(before.fd(), F_DUPFD_CLOEXEC, 0)}};
  CHECK(after.work(1) && after.work(1)->slot == 7);
  CHECK(after.mark(1).load() == 12);
}

TEST(JournalBoard, OneOfAnotherLayoutIsLeft) {
  const server::Scoreboard other;
  JournalBoard board{UniqueFd{::fcntl(other.fd(), F_DUPFD_CLOEXEC, 0)}};
  CHECK(!board.work(0));
}
