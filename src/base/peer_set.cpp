// SPDX-License-Identifier: ISC
//
// base/peer_set.cpp - sets of peers.

#include "base/peer_set.h"

#include "base/text.h"

namespace postern {

Result<void> PeerSet::add(std::string_view item) {
  const std::string_view word = trim(item);
  if (word != "unix" && word != "appletalk") return addresses_.add(item);
  (word == "unix" ? has_local_peers_ : has_appletalk_peers_) = true;
  return {};
}

bool PeerSet::contains(const PeerAddress& peer) const {
  if (peer.ip()) return addresses_.contains(*peer.ip());
  return (has_local_peers_ && peer.user_id()) || (has_appletalk_peers_ && peer.is_appletalk());
}

}  // namespace postern
