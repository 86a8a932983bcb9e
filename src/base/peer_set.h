// SPDX-License-Identifier: ISC
//
// base/peer_set.h - sets of peers, as `proxy_from` and `xclient_from` name them.

#pragma once

#include <string_view>

#include "base/address_set.h"
#include "base/peer_address.h"
#include "base/result.h"

namespace postern {

// An immutable-after-building set of peers: IP addresses, and all or none of the peers on
// Unix-domain sockets.
class PeerSet {
 public:
  // "unix", or an item of an AddressSet.  The error is that of AddressSet::add.
  Result<void> add(std::string_view item);

  bool contains(const PeerAddress& peer) const;

  bool empty() const { return !has_local_peers_ && addresses_.empty(); }
  bool has_addresses() const { return !addresses_.empty(); }
  bool has_local_peers() const { return has_local_peers_; }

 private:
  AddressSet addresses_;
  bool has_local_peers_ = false;
};

}  // namespace postern
