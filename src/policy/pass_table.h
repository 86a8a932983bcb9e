// SPDX-License-Identifier: ISC
//
// policy/pass_table.h - which connections are counted, where, and by whom.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace postern::policy {

// For memory that is shared: of a fixed size, without pointers, and empty when all octets are zero.
// Entries that were never used take up no memory.
class PassTable {
 public:
  using Index = std::uint32_t;
  static constexpr Index capacity = 1U << 20;

  struct Entry {
    std::uint32_t owner;    // the process that has the connection; 0: the entry is free
    std::uint32_t client;   // where it counts; see AdmissionTable
    std::uint32_t network;  // likewise
    std::uint32_t next_free;
  };

  bool has_room() const { return first_free_ != 0 || touched_ < capacity; }
  std::optional<Index> add(std::uint32_t owner, std::uint32_t client, std::uint32_t network);
  void remove(Index index);

  // Of any number there is an entry.
  const Entry& operator[](Index index) const { return entries_[index % capacity]; }

  // After somebody has died in the middle of a call.
  void mend();

  // visit(index, entry) for all that are in use; it may remove that one.
  template <typename Visit>
  void for_each(Visit visit) {
    // Not more than there are, though somebody else should write to it meanwhile.
    const Index end = std::min(touched_.load(std::memory_order_relaxed), capacity);
    for (Index index = 0; index < end; ++index) {
      if (const Entry entry = entries_[index]; entry.owner != 0) visit(index, entry);
    }
  }

 private:
  std::atomic<Index> touched_;  // no entry from here on was ever used
  Index first_free_;            // and one more; 0: none before touched_
  std::array<Entry, capacity> entries_;
};

}  // namespace postern::policy
