// SPDX-License-Identifier: ISC
//
// adsp/tombstones.cpp - connections that are gone, and whose peers may not know it.

#include "adsp/tombstones.h"

#include <algorithm>

namespace postern::adsp {

namespace {

constexpr auto kept_for = std::chrono::minutes{2};

}  // namespace

void Tombstones::add(const Connection::Ends& ends, const Packet& close_advice, Time now) {
  if (stones_.size() == most) stones_.pop_front();
  stones_.push_back({ends, close_advice, now});
}

const Tombstones::Tombstone* Tombstones::find(const Address& remote, std::uint16_t remote_number,
                                              std::uint8_t socket) const {
  const auto found = std::find_if(stones_.rbegin(), stones_.rend(), [&](const Tombstone& stone) {
    return stone.ends.remote_number == remote_number && stone.ends.socket == socket &&
           matches(stone.ends.remote, remote);
  });
  return found == stones_.rend() ? nullptr : &*found;
}

bool Tombstones::has_number(std::uint16_t number) const {
  return std::any_of(stones_.begin(), stones_.end(),
                     [&](const Tombstone& stone) { return stone.ends.number == number; });
}

void Tombstones::tick(Time now) {
  while (!stones_.empty() && now - stones_.front().since >= kept_for) stones_.pop_front();
}

std::optional<Time> Tombstones::deadline() const {
  if (stones_.empty()) return std::nullopt;
  return stones_.front().since + kept_for;
}

}  // namespace postern::adsp
