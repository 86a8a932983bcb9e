// SPDX-License-Identifier: ISC
//
// policy/tally_table.cpp - what is remembered of each address, in bounded memory.

#include "policy/tally_table.h"

#include <algorithm>

namespace postern::policy {

namespace {

// One to one, and each bit of the number changes about half of the bits of the result.
std::uint64_t mixed(std::uint64_t number) {
  for (int round = 0; round < 2; ++round) {
    number ^= number >> 32;
    number *= 0x9e3779b97f4a7c15;  // odd, from the golden ratio
  }
  return number ^ (number >> 32);
}

// Octets 0 to 7 or 8 to 15 as a number.
std::uint64_t half(const IpAddress& address, std::size_t begin) {
  std::uint64_t number = 0;
  for (std::size_t i = begin; i < begin + 8; ++i) number = (number << 8) | address.octets()[i];
  return number;
}

}  // namespace

// Of the addresses kept here, all IPv6 ones end in zeros, and all IPv4 ones begin the same.  So
// within a family this is one to one, and the seed goes in before and between the mixing.
std::uint64_t AddressHash::operator()(const IpAddress& address) const {
  const std::uint64_t first = mixed(half(address, 0) ^ seed_);
  return mixed(first ^ half(address, 8) ^ mixed(~seed_));
}

std::array<TallyTable::Index, 2> TallyTable::buckets_of(std::uint64_t hash) {
  static_assert(bucket_count <= 1ULL << 32);
  return {static_cast<Index>(hash % bucket_count) * bucket_size,
          static_cast<Index>((hash >> 32) % bucket_count) * bucket_size};
}

std::optional<TallyTable::Index> TallyTable::find(const IpAddress& address,
                                                  const AddressHash& hash) const {
  for (const Index bucket : buckets_of(hash(address))) {
    for (Index index = bucket; index < bucket + bucket_size; ++index) {
      if (entries_[index].address == address) return index;
    }
  }
  return std::nullopt;
}

std::optional<TallyTable::Index> TallyTable::add(const IpAddress& address, const AddressHash& hash,
                                                 Time now) {
  const auto [first, second] = buckets_of(hash(address));
  const Room one = room_in(first, now);
  const Room other = room_in(second, now);
  const Room& wider = other.idle > one.idle ? other : one;
  if (wider.idle == 0) return std::nullopt;
  entries_[wider.first] = Entry{address, Tally{}};
  return wider.first;
}

TallyTable::Room TallyTable::room_in(Index bucket, Time now) const {
  Room room;
  for (Index index = bucket; index < bucket + bucket_size; ++index) {
    if (entries_[index].tally.is_idle(now) && room.idle++ == 0) room.first = index;
  }
  return room;
}

std::size_t TallyTable::count_busy(Time now) const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(),
                    [now](const Entry& entry) { return !entry.tally.is_idle(now); }));
}

void TallyTable::clear_connections() {
  for (Entry& entry : entries_) entry.tally.connections = 0;
}

}  // namespace postern::policy
