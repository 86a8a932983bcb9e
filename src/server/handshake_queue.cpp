// SPDX-License-Identifier: ISC
//
// server/handshake_queue.cpp - TLS handshakes take turns, so that sessions go on meanwhile.

#include "server/handshake_queue.h"

namespace postern::server {

void HandshakeQueue::begin_some(const std::function<bool(ConnectionId)>& begin) {
  for (std::size_t begun = 0; begun < most_per_turn && has_waiting();) {
    const ConnectionId next = waiting_.front();
    waiting_.pop_front();
    if (begin(next)) ++begun;
  }
}

}  // namespace postern::server
