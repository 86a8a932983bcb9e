// SPDX-License-Identifier: ISC
//
// policy/name_cache.h - the names of clients' addresses, for as long as they hold.

#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/ip_address.h"

namespace postern::policy {

// Keeps the most recently used; that an address has no name is kept like a name.
class NameCache {
 public:
  using Clock = std::chrono::steady_clock;

  // Whatever the DNS says: names change hands.
  static constexpr std::chrono::hours longest{24};

  explicit NameCache(std::size_t max_entries) : max_entries_(max_entries) {}

  // Nothing if it is not known, or not any more; empty if the address has no name.
  std::optional<std::string> find(const IpAddress& address, Clock::time_point now);

  // From now on the address has this name, or none (empty), in place of what was known of it.
  void add(const IpAddress& address, std::string name, std::chrono::seconds time_to_live,
           Clock::time_point now);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    IpAddress address;
    std::string name;
    Clock::time_point end;
  };
  using Entries = std::list<Entry>;

  void remove(Entries::iterator entry);

  const std::size_t max_entries_;
  Entries entries_;  // the one used last is first
  std::map<IpAddress, Entries::iterator> by_address_;
};

}  // namespace postern::policy
