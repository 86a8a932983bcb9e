// SPDX-License-Identifier: ISC
//
// policy/name_cache.cpp - the names of clients' addresses, for as long as they hold.

#include "policy/name_cache.h"

#include <algorithm>
#include <utility>

namespace postern::policy {

std::optional<std::string> NameCache::find(const IpAddress& address, Clock::time_point now) {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return std::nullopt;
  const Entries::iterator entry = found->second;
  if (entry->end <= now) {
    remove(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->name;
}

void NameCache::add(const IpAddress& address, std::string name, std::chrono::seconds time_to_live,
                    Clock::time_point now) {
  const auto known = by_address_.find(address);
  if (known != by_address_.end()) remove(known->second);
  if (time_to_live.count() <= 0 || max_entries_ == 0) return;
  if (entries_.size() == max_entries_) remove(std::prev(entries_.end()));
  const auto end = now + std::min<Clock::duration>(time_to_live, longest);
  entries_.push_front({address, std::move(name), end});
  by_address_.emplace(address, entries_.begin());
}

void NameCache::remove(Entries::iterator entry) {
  by_address_.erase(entry->address);
  entries_.erase(entry);
}

}  // namespace postern::policy
