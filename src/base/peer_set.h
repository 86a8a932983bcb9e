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
// Unix-domain sockets and of those on AppleTalk.
class PeerSet {
 public:
  // "unix", "appletalk", or an item of an AddressSet.  The error is that of AddressSet::add.
  Result<void> add(std::string_view item);

  bool contains(const PeerAddress& peer) const;

  bool empty() const { return !has_local_peers_ && !has_appletalk_peers_ && addresses_.empty(); }
  bool has_addresses() const { return !addresses_.empty(); }
  bool has_local_peers() const { return has_local_peers_; }
  bool has_appletalk_peers() const { return has_appletalk_peers_; }

 private:
  AddressSet addresses_;
  bool has_local_peers_ = false;
  bool has_appletalk_peers_ = false;
};

}  // namespace postern
