// SPDX-License-Identifier: ISC
//
// server/traced_peers.h - whose dialogues are logged.

#pragma once

#include "base/peer_address.h"
#include "base/peer_set.h"
#include "server/trace_list.h"

namespace postern::server {

// Those in `debug_peers`, and those that posternctl traces for a while.  Asked at each line of a
// dialogue, so whatever changes the answer holds for sessions that are going on, too.
class TracedPeers {
 public:
  // configured outlives it.
  TracedPeers(const PeerSet& configured, TraceList for_a_while)
      : configured_(configured), for_a_while_(for_a_while) {}

  bool is_traced(const PeerAddress& peer) const {
    if (configured_.contains(peer)) return true;
    return peer.ip() && for_a_while_.contains(*peer.ip(), TraceList::Clock::now());
  }

 private:
  const PeerSet& configured_;
  TraceList for_a_while_;
};

}  // namespace postern::server
