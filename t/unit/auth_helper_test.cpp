// SPDX-License-Identifier: ISC
//
// t/unit/auth_helper_test.cpp - the helper as a process, at the end of a real socket.

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "auth/helper.h"
#include "auth/helper_protocol.h"
#include "base/text.h"
#include "base/unique_fd.h"

#include "CppUTest/TestHarness.h"

using namespace postern;
using namespace postern::auth;

namespace {

constexpr unsigned patience = 60;  // seconds until a test that hangs fails instead

constexpr std::string_view sesame_hash =
    "$5$rounds=1000$saltsalt$30.yc4HsSpLTxr3NqKw4EhPINDzNTqzxg9qelAitDW2";

// How a child ended, for the tests: its exit status, or 128 and its signal.
int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_GROUP(Helper) {
  void setup() override {
    std::array<int, 2> ends{};
    LONGS_EQUAL(0, ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()));
    worker_end.reset(ends[0]);
    helper_end.reset(ends[1]);
    const timeval limit{patience, 0};
    ::setsockopt(worker_end.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }

  void teardown() override {
    worker_end.reset();
    helper_end.reset();
    for (const pid_t child : children) LONGS_EQUAL(0, status_of(child));
    children = {};
  }

  void start_helper() {
    const pid_t child = ::fork();
    CHECK(child >= 0);
    if (child == 0) {
      ::alarm(patience);
      worker_end.reset();  // else the end of the worker would not be the end of the socket
      run_helper(helper_end.get(), users);
      ::_exit(0);
    }
    children.push_back(child);
  }

  void send(std::string_view packet) {
    LONGS_EQUAL(packet.size(),
                ::send(worker_end.get(), packet.data(), packet.size(), MSG_NOSIGNAL));
  }

  void ask(std::uint64_t ticket, const char* name, const char* password) {
    send(*encode_question({ticket, {name, password}}));
  }

  std::optional<Answer> receive() {
    std::array<char, max_packet> buffer{};
    const ssize_t octets = ::recv(worker_end.get(), buffer.data(), buffer.size(), 0);
    if (octets < 0) return std::nullopt;
    return decode_answer({buffer.data(), static_cast<std::size_t>(octets)});
  }

  void check_answer(std::uint64_t ticket, bool is_valid) {
    const auto answer = receive();
    CHECK(answer.has_value());
    LONGS_EQUAL(ticket, answer->ticket);
    CHECK_EQUAL(is_valid, answer->is_valid);
  }

  const Users users = *Users::parse(cat("alice:", sesame_hash, "\n"));
  UniqueFd worker_end;
  UniqueFd helper_end;
  std::vector<pid_t> children;
};

TEST(Helper, AnswersEachQuestion) {
  start_helper();
  ask(7, "alice", "sesame");
  check_answer(7, true);
  ask(8, "alice", "wrong");
  check_answer(8, false);
  ask(9, "nobody", "sesame");
  check_answer(9, false);
}

TEST(Helper, AnswersQuestionsThatWaitInOrder) {
  for (std::uint64_t ticket = 0; ticket < 5; ++ticket) {
    ask(ticket, "alice", ticket % 2 == 0 ? "sesame" : "wrong");
  }
  start_helper();
  for (std::uint64_t ticket = 0; ticket < 5; ++ticket) check_answer(ticket, ticket % 2 == 0);
}

TEST(Helper, IgnoresMalformedPackets) {
  start_helper();
  send("nonsense");
  send(encode_answer({1, true}));
  send(*encode_question({2, {"alice", "sesame"}}) + "more");
  ask(3, "alice", "sesame");
  check_answer(3, true);
}

// Cut to the size of the buffer it would be a question.
TEST(Helper, IgnoresPacketsThatAreTooLong) {
  start_helper();
  std::string packet = *encode_question({1, {std::string(max_packet - 13, 'n'), ""}});
  LONGS_EQUAL(max_packet, packet.size());
  send(packet + "x");
  ask(2, "alice", "sesame");
  check_answer(2, true);
}

TEST(Helper, SeveralHelpersShareTheQuestions) {
  start_helper();
  start_helper();
  std::set<std::uint64_t> waiting;
  for (std::uint64_t ticket = 0; ticket < 20; ++ticket) {
    ask(ticket, "alice", "sesame");
    waiting.insert(ticket);
  }
  for (int i = 0; i < 20; ++i) {
    const auto answer = receive();
    CHECK(answer && answer->is_valid);
    LONGS_EQUAL(1, waiting.erase(answer->ticket));
  }
}

TEST(Helper, EndsWhenTheOtherEndIsClosed) {
  start_helper();
  worker_end.reset();
  LONGS_EQUAL(0, status_of(children.back()));
  children.clear();
}

TEST(Helper, SurvivesAWorkerThatDoesNotWaitForItsAnswer) {
  ask(1, "alice", "sesame");
  ask(2, "alice", "sesame");
  worker_end.reset();
  start_helper();  // teardown sees that it ended by itself
}

TEST(Helper, EndsAtAnEmptyPacket) {
  start_helper();
  send("");
  LONGS_EQUAL(0, status_of(children.back()));
  children.clear();
}
