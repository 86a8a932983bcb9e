// SPDX-License-Identifier: ISC
//
// t/unit/base_shared_lock_test.cpp - a lock between processes that may die.

#include "base/shared_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/shared_memory.h"

#include <CppUTest/TestHarness.h>

using postern::SharedLock;
using postern::SharedMemory;
using Found = postern::SharedLock::Found;

TEST_GROUP(BaseSharedLock) {
  struct Contents {
    SharedLock lock;
    std::uint32_t count;
  };

  SharedMemory memory = std::move(*SharedMemory::create({"test", 1, sizeof(Contents)}));
  Contents& shared = *static_cast<Contents*>(memory.get());
  SharedLock& lock = shared.lock;

  // Runs body in another process.
  template <typename Body>
  static pid_t start(Body body) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    body();
    ::_exit(0);
  }

  static void wait_for(pid_t child) {
    int status = -1;
    LONGS_EQUAL(child, ::waitpid(child, &status, 0));
    LONGS_EQUAL(0, status);
  }

  // A process with this number that dies while it has the lock.
  void let_die(SharedLock::Holder holder) {
    wait_for(start([&] { ::_exit(lock.lock(holder) == Found::whole ? 0 : 1); }));
  }
};

TEST(BaseSharedLock, CanBeTakenAgainAndAgain) {
  for (int i = 0; i < 3; ++i) {
    CHECK(lock.lock(1) == Found::whole);
    lock.unlock(1);
  }
}

TEST(BaseSharedLock, LetsInOneProcessAtATime) {
  constexpr std::uint32_t processes = 4;
  constexpr std::uint32_t rounds = 100'000;
  std::vector<pid_t> children;
  for (std::uint32_t holder = 1; holder <= processes; ++holder) {
    children.push_back(start([&, holder] {
      for (std::uint32_t i = 0; i < rounds; ++i) {
        if (lock.lock(holder) != Found::whole) ::_exit(1);
        // In two steps, so that whoever came between would be lost.
        volatile std::uint32_t& count = shared.count;
        const std::uint32_t before = count;
        count = before + 1;
        lock.unlock(holder);
      }
    }));
  }
  for (const pid_t child : children) wait_for(child);
  LONGS_EQUAL(processes * rounds, shared.count);
}

TEST(BaseSharedLock, WaitsForWhoHasIt) {
  CHECK(lock.lock(1) == Found::whole);
  const pid_t child = start([&] {
    const bool was_whole = lock.lock(2) == Found::whole;
    ::_exit(was_whole && shared.count == 1 ? 0 : 1);
  });
  ::usleep(50'000);
  shared.count = 1;
  lock.unlock(1);
  wait_for(child);
}

TEST(BaseSharedLock, TellsThatItsHolderHasDied) {
  let_die(7);
  lock.abandon(7);
  CHECK(lock.lock(1) == Found::broken);
  lock.unlock(1);
  CHECK(lock.lock(2) == Found::whole);
}

TEST(BaseSharedLock, TellsTheNextOneIfWhoWasToldHasDiedToo) {
  let_die(7);
  lock.abandon(7);
  wait_for(start([&] { ::_exit(lock.lock(8) == Found::broken ? 0 : 1); }));
  lock.abandon(8);
  CHECK(lock.lock(1) == Found::broken);
}

TEST(BaseSharedLock, StaysWithItsHolderWhenAnotherOneHasDied) {
  CHECK(lock.lock(1) == Found::whole);
  lock.abandon(7);
  lock.unlock(7);
  const pid_t child = start([&] { ::_exit(lock.lock(2) == Found::whole ? 0 : 1); });
  ::usleep(10'000);
  LONGS_EQUAL(0, ::waitpid(child, nullptr, WNOHANG));
  lock.unlock(1);
  wait_for(child);
}

TEST(BaseSharedLock, TakesAHolderForDeadAfterAWhile) {
  let_die(7);
  const auto begun = std::chrono::steady_clock::now();
  CHECK(lock.lock(1) == Found::broken);
  CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::seconds{1});
  lock.unlock(7);  // had it only slept
  const pid_t child = start([&] { ::_exit(lock.lock(2) == Found::whole ? 0 : 1); });
  ::usleep(10'000);
  LONGS_EQUAL(0, ::waitpid(child, nullptr, WNOHANG));
  lock.unlock(1);
  wait_for(child);
}
