// SPDX-License-Identifier: ISC
//
// base/shared_lock.h - a lock between processes, any of which may die while it has it.

#pragma once

#include <atomic>
#include <cstdint>

namespace postern {

// Lives in shared memory; all octets zero is a lock that nobody has.  It is for what takes less
// than a microsecond.
//
// This is not a robust mutex of POSIX threads, because that keeps a list by pointers which are in
// the mutex: a worker that has been taken over could make the supervisor write anywhere.  Here
// there is one number, and the worst that a false one does is that others wait for `patience`.
//
// Who must know that a holder has died is its parent, which says so (abandon).  If nobody does,
// since the parent has died as well, the holder is taken for dead after a while.
class SharedLock {
 public:
  // 1 or more, and no two processes that live have the same.
  using Holder = std::uint32_t;
  static constexpr Holder max_holder = 0xffff;

  enum class Found {
    whole,   // what the lock guards is as the last holder has left it
    broken,  // that one died in the middle of a change: repair it first
  };

  // Waits for the lock.
  [[nodiscard]] Found lock(Holder holder);
  void unlock(Holder holder);

  // This process has died; if it had the lock, the next one finds things broken.
  void abandon(Holder holder);

 private:
  std::atomic<std::uint32_t> word_{0};
};

}  // namespace postern
