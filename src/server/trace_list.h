// SPDX-License-Identifier: ISC
//
// server/trace_list.h - clients whose dialogue is logged for a while, in shared memory.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/ip_address.h"

namespace postern::server {

// posternctl adds to the list, and all workers ask it.  All zero octets are the empty list.
class TraceList {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t max_entries = 16;

  struct Entry {
    std::array<std::atomic<std::uint64_t>, 2> address;
    std::atomic<Clock::rep> until;  // 0 or over: free
  };
  struct Memory {
    std::atomic<Clock::rep> last;  // when the last entry is over: most of the time all are
    std::array<Entry, max_entries> entries;
  };

  explicit TraceList(Memory& memory) : memory_(&memory) {}

  // Only one process adds at a time.  False if the list is full.
  bool add(const IpAddress& address, Clock::time_point now, Clock::duration time);

  bool contains(const IpAddress& address, Clock::time_point now) const;

 private:
  Memory* memory_;
};

}  // namespace postern::server
