// SPDX-License-Identifier: ISC
//
// adsp/tombstones.h - connections that are gone, and whose peers may not know it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "adsp/connection.h"
#include "adsp/packet.h"
#include "adsp/world.h"

namespace postern::adsp {

// A close advice is sent once and not acknowledged; a peer that misses it waits for two minutes.
// So whatever such a peer still sends is answered with the same advice again.
class Tombstones {
 public:
  static constexpr std::size_t most = 256;  // of more, the oldest give way

  struct Tombstone {
    Connection::Ends ends;
    Packet close_advice;
    Time since;
  };

  void add(const Connection::Ends& ends, const Packet& close_advice, Time now);

  // The one of this peer, by the peer's number and our socket.
  const Tombstone* find(const Address& remote, std::uint16_t remote_number,
                        std::uint8_t socket) const;

  bool has_number(std::uint16_t number) const;  // of ours
  std::size_t size() const { return stones_.size(); }

  // Removes those of two minutes ago.
  void tick(Time now);
  std::optional<Time> deadline() const;

 private:
  std::deque<Tombstone> stones_;  // the oldest first
};

}  // namespace postern::adsp
