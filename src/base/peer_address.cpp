// SPDX-License-Identifier: ISC
//
// base/peer_address.cpp - who is at the other end of a connection.

#include "base/peer_address.h"

#include "base/text.h"

namespace postern {

PeerAddress PeerAddress::tcp(const IpAddress& ip, std::uint16_t port) {
  PeerAddress peer;
  peer.ip_ = ip;
  peer.port_ = port;
  return peer;
}

PeerAddress PeerAddress::local_user(std::uint32_t user_id) {
  PeerAddress peer;
  peer.user_id_ = user_id;
  return peer;
}

PeerAddress PeerAddress::appletalk(std::uint16_t net, std::uint8_t node, std::uint8_t socket) {
  PeerAddress peer;
  peer.appletalk_ = AppleTalk{net, node, socket};
  return peer;
}

std::string PeerAddress::to_string() const {
  if (ip_) return ip_->to_string();
  if (appletalk_) {
    return cat("appletalk:", appletalk_->net, ".", int{appletalk_->node}, ".",
               int{appletalk_->socket});
  }
  return user_id_ ? cat("unix:", *user_id_) : "unknown";
}

}  // namespace postern
