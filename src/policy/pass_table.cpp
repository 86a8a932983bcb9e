// SPDX-License-Identifier: ISC
//
// policy/pass_table.cpp - which connections are counted, where, and by whom.

#include "policy/pass_table.h"

namespace postern::policy {

// The one that was freed last comes first, so that no more memory is touched than there are
// connections at once.
std::optional<PassTable::Index> PassTable::add(std::uint32_t owner, std::uint32_t client,
                                               std::uint32_t network) {
  if (!has_room()) return std::nullopt;
  Index index = 0;
  if (first_free_ != 0) {
    index = (first_free_ - 1) % capacity;
    first_free_ = entries_[index].next_free;
  } else {
    index = touched_++ % capacity;
  }
  entries_[index] = Entry{owner, client, network, 0};
  return index;
}

void PassTable::remove(Index index) {
  entries_[index % capacity] = Entry{0, 0, 0, first_free_};
  first_free_ = index % capacity + 1;
}

void PassTable::mend() {
  const Index end = std::min(touched_.load(std::memory_order_relaxed), capacity);
  first_free_ = 0;
  for (Index index = end; index-- > 0;) {
    if (entries_[index].owner == 0) remove(index);
  }
}

}  // namespace postern::policy
