// SPDX-License-Identifier: ISC
//
// base/peer_set.cpp - sets of peers.

#include "base/peer_set.h"

#include "base/text.h"

namespace postern {

Result<void> PeerSet::add(std::string_view item) {
  if (trim(item) != "unix") return addresses_.add(item);
  has_local_peers_ = true;
  return {};
}

bool PeerSet::contains(const PeerAddress& peer) const {
  return peer.ip() ? addresses_.contains(*peer.ip()) : has_local_peers_;
}

}  // namespace postern
