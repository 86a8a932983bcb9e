// SPDX-License-Identifier: ISC
//
// t/unit/server_session_board_test.cpp - who is connected, for all processes to see.

#include "server/session_board.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

using postern::server::Activity;
using postern::server::name_of;
using postern::server::SessionBoard;
using postern::server::SessionEntry;
using postern::server::SessionRecord;

TEST_GROUP(SessionBoard) {
  std::unique_ptr<SessionBoard::Memory> memory = std::make_unique<SessionBoard::Memory>();
  SessionBoard board{*memory};

  static SessionRecord record(const std::string& id) {
    return {.id = id,
            .peer = "192.0.2.1",
            .listener = "submission",
            .login = "alice",
            .activity = Activity::text,
            .has_tls = true,
            .begun = 1795000000,
            .messages = 3};
  }

  std::set<std::string> ids() const {
    std::set<std::string> seen;
    for (const SessionRecord& session : board.list()) CHECK(seen.insert(session.id).second);
    return seen;
  }
};

TEST(SessionBoard, IsEmptyAtFirst) {
  CHECK(board.list().empty());
}

TEST(SessionBoard, ShowsWhatWasWritten) {
  SessionEntry entry{board, 7};
  entry.write(record("1-1"));
  const auto sessions = board.list();
  LONGS_EQUAL(1, sessions.size());
  const SessionRecord& session = sessions.front();
  STRCMP_EQUAL("1-1", session.id.c_str());
  STRCMP_EQUAL("192.0.2.1", session.peer.c_str());
  STRCMP_EQUAL("submission", session.listener.c_str());
  STRCMP_EQUAL("alice", session.login.c_str());
  CHECK(session.activity == Activity::text && session.has_tls);
  LONGS_EQUAL(1795000000, session.begun);
  LONGS_EQUAL(3, session.messages);
  LONGS_EQUAL(7, session.row);
}

TEST(SessionBoard, ShowsTheLastState) {
  SessionEntry entry{board, 0};
  SessionRecord now = record("1-1");
  entry.write(now);
  now.activity = Activity::waiting;
  now.login = "";
  now.messages = 4;
  entry.write(now);
  const auto sessions = board.list();
  LONGS_EQUAL(1, sessions.size());
  CHECK(sessions.front().activity == Activity::waiting);
  STRCMP_EQUAL("", sessions.front().login.c_str());
  LONGS_EQUAL(4, sessions.front().messages);
}

TEST(SessionBoard, DoesNotShowWhatHasNotBeenWritten) {
  const SessionEntry entry{board, 0};
  CHECK(board.list().empty());
}

TEST(SessionBoard, ForgetsASessionThatIsOver) {
  std::optional<SessionEntry> first;
  first.emplace(board, 0);
  first->write(record("1-1"));
  SessionEntry second{board, 0};
  second.write(record("1-2"));
  first.reset();
  CHECK(ids() == std::set<std::string>{"1-2"});
}

// A slot that is taken again shows nothing of who had it before.
TEST(SessionBoard, ASlotIsUsedAgainAndEmptyThen) {
  for (std::size_t i = 0; i < 2 * SessionBoard::slots; ++i) {
    SessionEntry entry{board, 0};
    entry.write(record("1-1"));
  }
  const SessionEntry entry{board, 0};
  CHECK(board.list().empty());
}

TEST(SessionBoard, CutsLongTexts) {
  SessionEntry entry{board, 0};
  SessionRecord long_one = record(std::string(100, 'i'));
  long_one.peer = std::string(100, 'p');
  long_one.listener = std::string(100, 'l');
  long_one.login = std::string(1000, 'u');
  entry.write(long_one);
  const auto sessions = board.list();
  LONGS_EQUAL(1, sessions.size());
  STRCMP_EQUAL(std::string(23, 'i').c_str(), sessions.front().id.c_str());
  STRCMP_EQUAL(std::string(47, 'p').c_str(), sessions.front().peer.c_str());
  STRCMP_EQUAL(std::string(31, 'l').c_str(), sessions.front().listener.c_str());
  STRCMP_EQUAL(std::string(63, 'u').c_str(), sessions.front().login.c_str());
}

TEST(SessionBoard, WhenItIsFullFurtherSessionsAreNotShown) {
  std::deque<SessionEntry> entries;
  for (std::size_t i = 0; i < SessionBoard::slots; ++i) {
    entries.emplace_back(board, i % 3).write(record("1-" + std::to_string(i)));
  }
  {
    SessionEntry one_too_many{board, 0};
    one_too_many.write(record("2-1"));
    LONGS_EQUAL(SessionBoard::slots, ids().size());
    CHECK(!ids().contains("2-1"));
  }
  LONGS_EQUAL(SessionBoard::slots, ids().size());
  entries.pop_front();
  SessionEntry next{board, 0};
  next.write(record("2-2"));
  CHECK(ids().contains("2-2") && !ids().contains("1-0"));
}

TEST(SessionBoard, ClearsTheSessionsOfADeadWorkerAndNoOther) {
  std::deque<SessionEntry> entries;  // of workers that were killed: no destructor runs meanwhile
  entries.emplace_back(board, 1).write(record("1-1"));
  entries.emplace_back(board, 2).write(record("2-1"));
  entries.emplace_back(board, 1).write(record("1-2"));
  entries.emplace_back(board, 0).write(record("0-1"));
  board.clear(1);
  CHECK((ids() == std::set<std::string>{"0-1", "2-1"}));
  SessionEntry next{board, 5};
  next.write(record("5-1"));
  CHECK((ids() == std::set<std::string>{"0-1", "2-1", "5-1"}));
}

TEST(SessionBoard, LeavesOutWhatADeadWorkerWasWriting) {
  SessionEntry torn{board, 1};
  torn.write(record("1-1"));
  SessionEntry whole{board, 2};
  whole.write(record("2-1"));
  auto& slot = *std::find_if(memory->begin(), memory->end(),
                             [](const auto& taken) { return taken.owner.load() == 2; });
  slot.sequence.fetch_add(1);  // it died between the two
  slot.image[0].store(0x7878787878787878);
  CHECK(ids() == std::set<std::string>{"2-1"});
  board.clear(1);
  SessionEntry next{board, 3};
  next.write(record("3-1"));
  CHECK((ids() == std::set<std::string>{"2-1", "3-1"}));
}

// A writer that never rests, in another process: no reader ever sees half of each.
TEST(SessionBoard, IsNeverSeenHalfWritten) {
  void* shared = ::mmap(nullptr, sizeof(SessionBoard::Memory), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  SessionBoard shared_board{*static_cast<SessionBoard::Memory*>(shared)};
  const auto uniform = [](char c, std::uint32_t number) {
    SessionRecord made;
    made.id = std::string(20, c);
    made.peer = std::string(40, c);
    made.login = std::string(60, c);
    made.begun = number;
    made.messages = number;
    return made;
  };
  const pid_t writer = ::fork();
  if (writer == 0) {
    SessionEntry entry{shared_board, 0};
    for (std::uint32_t i = 0;; ++i) entry.write(uniform(static_cast<char>('a' + i % 26), i));
  }
  int seen = 0;
  std::set<std::uint32_t> different;
  for (int round = 0; round < 200'000 && different.size() < 300; ++round) {
    for (const SessionRecord& session : shared_board.list()) {
      ++seen;
      different.insert(session.messages);
      const SessionRecord expected = uniform(session.id.front(), session.messages);
      CHECK(session.id == expected.id && session.peer == expected.peer);
      CHECK(session.login == expected.login && session.begun == session.messages);
    }
  }
  ::kill(writer, SIGKILL);
  int status = 0;
  ::waitpid(writer, &status, 0);
  ::munmap(shared, sizeof(SessionBoard::Memory));
  CHECK(seen > 0 && different.size() > 1);
}

TEST(SessionBoard, EveryActivityHasAName) {
  STRCMP_EQUAL("opening", std::string(name_of(Activity::opening)).c_str());
  STRCMP_EQUAL("waiting", std::string(name_of(Activity::waiting)).c_str());
  STRCMP_EQUAL("login", std::string(name_of(Activity::login)).c_str());
  STRCMP_EQUAL("transaction", std::string(name_of(Activity::transaction)).c_str());
  STRCMP_EQUAL("text", std::string(name_of(Activity::text)).c_str());
  STRCMP_EQUAL("commit", std::string(name_of(Activity::commit)).c_str());
}
