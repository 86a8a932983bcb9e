// SPDX-License-Identifier: ISC
//
// policy/tally_table.h - what is remembered of each address, in bounded memory.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

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
  std::uint64_t operator()(const IpAddress& address) const;

 private:
  std::uint64_t seed_;
};

// Tallies by address, for memory that is shared: of a fixed size, without pointers, and empty when
// all octets are zero.  All calls for one table are given the same hash.
//
// An address has its place in one of two buckets that its hash chooses.  It is put into the one
// with more room, in the place of a tally that is idle; so nothing need ever be removed, no call
// takes long, and most of the table is full before the first address finds no room.
class TallyTable {
 public:
  using Index = std::uint32_t;
  static constexpr Index capacity = 32'768;

  // Nothing if there is none.  A tally stays where it is until it is idle and another is added.
  std::optional<Index> find(const IpAddress& address, const AddressHash& hash) const;

  // A new one, for an address that has none; nothing if there is no room.
  std::optional<Index> add(const IpAddress& address, const AddressHash& hash, Time now);

  // Of any number there is a tally.
  Tally& operator[](Index index) { return entries_[index % capacity].tally; }

  // How many are not idle.  Looks at all of them.
  std::size_t count_busy(Time now) const;

  // As if there were no connections.
  void clear_connections();

 private:
  static constexpr Index bucket_size = 8;
  static constexpr Index bucket_count = capacity / bucket_size;

  // Of two buckets, the indices of their first entries.
  static std::array<Index, 2> buckets_of(std::uint64_t hash);

  struct Entry {
    IpAddress address;
    Tally tally;
  };

  struct Room {
    std::uint32_t idle = 0;  // so many entries of a bucket
    Index first = 0;         // of them
  };
  Room room_in(Index bucket, Time now) const;

  std::array<Entry, capacity> entries_;
};

}  // namespace postern::policy
