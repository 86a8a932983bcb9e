// SPDX-License-Identifier: ISC
//
// policy/tally_table.h - what is remembered of each address, in bounded memory.

#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "base/ip_address.h"
#include "policy/token_bucket.h"

namespace postern::policy {

struct Tally {
  std::uint32_t connections = 0;  // at present
  TokenBucket arrivals;
  TokenBucket messages;

  // As good as a new one.
  bool is_idle(Time now) const {
    return connections == 0 && arrivals.is_full(now) && messages.is_full(now);
  }
};

// Whoever does not know the seed cannot choose addresses that collide.
class AddressHash {
 public:
  explicit AddressHash(std::uint64_t seed) : seed_(seed) {}
  std::size_t operator()(const IpAddress& address) const;

 private:
  std::uint64_t seed_;
};

// Tallies by address.  There are never more than max_size; idle ones are dropped, a few with each
// one that is added, so that no call takes long.
class TallyTable {
 public:
  TallyTable(std::size_t max_size, std::uint64_t seed)
      : max_size_(max_size), tallies_(0, AddressHash{seed}) {}

  // nullptr if there is none.  A tally stays where it is until it is idle and another is added.
  Tally* find(const IpAddress& address);

  // A new one, for an address that has none; nullptr if there is no room.  An idle one may be
  // overlooked when there is no room, but is found within max_size / 4 attempts or so.
  Tally* add(const IpAddress& address, Time now);

  std::size_t size() const { return tallies_.size(); }

 private:
  void sweep(Time now);
  void drop_idle(std::size_t cell, Time now);

  std::size_t max_size_;
  std::unordered_map<IpAddress, Tally, AddressHash> tallies_;
  std::size_t next_cell_ = 0;  // where the sweep goes on
};

}  // namespace postern::policy
