// SPDX-License-Identifier: ISC
//
// server/handshake_queue.h - TLS handshakes take turns, so that sessions go on meanwhile.

#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include "server/connection_table.h"

namespace postern::server {

// Signing costs more than any command.  If all clients come at once, as after a network was down,
// the loop would do nothing else until all of them are in; so few of them begin in each of its
// turns, the first first, and the others wait.
class HandshakeQueue {
 public:
  static constexpr std::size_t most_per_turn = 8;

  // This connection is the last now.
  void enter(ConnectionId id) { waiting_.push_back(id); }

  // Once a turn: calls begin for those whose turn it is.  It returns whether there is a handshake;
  // not for a connection that is gone, in whose place comes the next.
  void begin_some(const std::function<bool(ConnectionId)>& begin);

  bool has_waiting() const { return !waiting_.empty(); }

 private:
  std::deque<ConnectionId> waiting_;
};

}  // namespace postern::server
