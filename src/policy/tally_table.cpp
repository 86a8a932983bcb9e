// SPDX-License-Identifier: ISC
//
// policy/tally_table.cpp - what is remembered of each address, in bounded memory.

#include "policy/tally_table.h"

namespace postern::policy {

namespace {

// With so many to each one added, a table of whose cells less than half are in true use drops
// idle tallies faster than it grows.
constexpr std::size_t cells_per_sweep = 8;

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
std::size_t AddressHash::operator()(const IpAddress& address) const {
  const std::uint64_t first = mixed(half(address, 0) ^ seed_);
  return static_cast<std::size_t>(mixed(first ^ half(address, 8) ^ mixed(~seed_)));
}

Tally* TallyTable::find(const IpAddress& address) {
  const auto found = tallies_.find(address);
  return found == tallies_.end() ? nullptr : &found->second;
}

Tally* TallyTable::add(const IpAddress& address, Time now) {
  sweep(now);
  if (tallies_.size() >= max_size_) return nullptr;
  return &tallies_.try_emplace(address).first->second;
}

void TallyTable::sweep(Time now) {
  for (std::size_t i = 0; i < cells_per_sweep; ++i) {
    if (next_cell_ >= tallies_.bucket_count()) next_cell_ = 0;
    drop_idle(next_cell_++, now);
  }
}

void TallyTable::drop_idle(std::size_t cell, Time now) {
  for (auto entry = tallies_.begin(cell); entry != tallies_.end(cell);) {
    const auto candidate = entry++;
    if (candidate->second.is_idle(now)) tallies_.erase(IpAddress{candidate->first});
  }
}

}  // namespace postern::policy
