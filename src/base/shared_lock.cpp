// SPDX-License-Identifier: ISC
//
// base/shared_lock.cpp - a lock between processes, any of which may die while it has it.
//
// The word is 0 when the lock is free, else its holder, with a flag if somebody may be asleep.  Who
// has slept takes the lock with the flag, since there may be others; so nobody is forgotten.

#include "base/shared_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <climits>
#include <ctime>
#include <optional>

namespace postern {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t nobody = 0;
constexpr std::uint32_t dead = SharedLock::max_holder + 1;
constexpr std::uint32_t has_sleepers = 1U << 31;

constexpr int spins = 100;                           // about as long as it is held
constexpr long longest_sleep = 100'000'000;          // nanoseconds
constexpr std::chrono::seconds patience{1};          // with one holder
constexpr std::chrono::seconds longest_patience{5};  // with one that pretends to be many

static_assert(std::atomic<std::uint32_t>::is_always_lock_free &&
                  sizeof(std::atomic<std::uint32_t>) == 4,
              "the kernel wants to see the number itself");

std::uint32_t holder_of(std::uint32_t word) {
  return word & ~has_sleepers;
}

// std::atomic::wait is for the threads of one process.
void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value) {
  const timespec timeout{0, longest_sleep};
  ::syscall(SYS_futex, &word, FUTEX_WAIT, value, &timeout, nullptr, 0);
}

void wake(std::atomic<std::uint32_t>& word, int sleepers) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, sleepers, nullptr, nullptr, 0);
}

// Notices when a holder has the lock for too long.
class Patience {
 public:
  bool is_over(std::uint32_t holder) {
    const auto now = Clock::now();
    if (holder != holder_) {
      holder_ = holder;
      since_ = now;
    }
    return now - since_ >= patience || now - begun_ >= longest_patience;
  }

 private:
  std::uint32_t holder_ = nobody;
  Clock::time_point since_{};
  const Clock::time_point begun_ = Clock::now();
};

}  // namespace

SharedLock::Found SharedLock::lock(Holder holder) {
  std::uint32_t mine = holder;
  std::optional<Patience> patience_with;
  for (int turn = 0;; ++turn) {
    std::uint32_t word = word_.load(std::memory_order_relaxed);
    const std::uint32_t other = holder_of(word);
    if (other == nobody || other == dead) {
      if (!word_.compare_exchange_weak(word, mine | (word & has_sleepers),
                                       std::memory_order_acquire)) {
        continue;
      }
      return other == dead ? Found::broken : Found::whole;
    }
    if (turn < spins) continue;
    if (!patience_with) patience_with.emplace();
    if (patience_with->is_over(other)) {
      abandon(other);
      continue;
    }
    const std::uint32_t flagged = word | has_sleepers;
    if (word != flagged && !word_.compare_exchange_weak(word, flagged, std::memory_order_relaxed)) {
      continue;
    }
    mine = holder | has_sleepers;
    sleep_while(word_, flagged);
  }
}

// Not if it was taken for dead and the lock is another's now.
void SharedLock::unlock(Holder holder) {
  std::uint32_t word = word_.load(std::memory_order_relaxed);
  while (holder_of(word) == holder) {
    if (!word_.compare_exchange_weak(word, nobody, std::memory_order_release)) continue;
    if ((word & has_sleepers) != 0) wake(word_, 1);
    return;
  }
}

void SharedLock::abandon(Holder holder) {
  std::uint32_t word = word_.load(std::memory_order_relaxed);
  while (holder_of(word) == holder) {
    if (!word_.compare_exchange_weak(word, dead, std::memory_order_acq_rel)) continue;
    wake(word_, INT_MAX);
    return;
  }
}

}  // namespace postern
