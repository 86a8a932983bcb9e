// SPDX-License-Identifier: ISC
//
// server/trace_list.cpp - clients whose dialogue is logged for a while, in shared memory.

#include "server/trace_list.h"

#include <algorithm>
#include <bit>

namespace postern::server {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

using Words = std::array<std::uint64_t, 2>;

Words words_of(const IpAddress& address) {
  return std::bit_cast<Words>(address.octets());
}

bool is_of(const TraceList::Entry& entry, const Words& words) {
  return entry.address[0].load(relaxed) == words[0] && entry.address[1].load(relaxed) == words[1];
}

}  // namespace

bool TraceList::add(const IpAddress& address, Clock::time_point now, Clock::duration time) {
  const Words words = words_of(address);
  const Clock::rep at = now.time_since_epoch().count();
  auto& entries = memory_->entries;
  auto* entry = std::find_if(entries.begin(), entries.end(),
                             [&](const Entry& known) { return is_of(known, words); });
  if (entry == entries.end()) {
    entry = std::find_if(entries.begin(), entries.end(),
                         [at](const Entry& known) { return known.until.load(relaxed) <= at; });
  }
  if (entry == entries.end()) return false;
  const Clock::rep until = (now + time).time_since_epoch().count();
  entry->until.store(0, relaxed);  // nobody must see the one address with the time of the other
  entry->address[0].store(words[0]);
  entry->address[1].store(words[1]);
  entry->until.store(until);
  if (memory_->last.load(relaxed) < until) memory_->last.store(until);
  return true;
}

bool TraceList::contains(const IpAddress& address, Clock::time_point now) const {
  const Clock::rep at = now.time_since_epoch().count();
  if (memory_->last.load(relaxed) <= at) return false;
  const Words words = words_of(address);
  return std::any_of(memory_->entries.begin(), memory_->entries.end(), [&](const Entry& entry) {
    return entry.until.load() > at && is_of(entry, words);
  });
}

}  // namespace postern::server
