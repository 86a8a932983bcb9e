// SPDX-License-Identifier: ISC
//
// base/peer_address.h - who is at the other end of a connection.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ip_address.h"

namespace postern {

// A TCP peer has an address and a port; a peer on a Unix-domain socket has the user it runs as; one
// that postern-adsp speaks for has a place on an AppleTalk network.  Of one that a proxy will not
// name nothing is known, and so no rule trusts it: the default.
class PeerAddress {
 public:
  static PeerAddress tcp(const IpAddress& ip, std::uint16_t port);
  static PeerAddress local_user(std::uint32_t user_id);
  static PeerAddress appletalk(std::uint16_t net, std::uint8_t node, std::uint8_t socket);

  // Nothing for the others: no rule about IP addresses can match them.
  const std::optional<IpAddress>& ip() const { return ip_; }
  std::optional<std::uint32_t> user_id() const { return user_id_; }

  bool is_appletalk() const { return appletalk_.has_value(); }

  bool is_known() const { return ip_ || user_id_ || appletalk_; }

  // "192.0.2.5", "2001:db8::1", "unix:1000", "appletalk:1.2.128" (net, node, socket) or "unknown",
  // for logs; without the port, so that tools which count by client can use it as it is.
  std::string to_string() const;
  std::uint16_t port() const { return port_; }

 private:
  struct AppleTalk {
    std::uint16_t net;
    std::uint8_t node;
    std::uint8_t socket;
  };

  std::optional<IpAddress> ip_;
  std::optional<std::uint32_t> user_id_;
  std::optional<AppleTalk> appletalk_;
  std::uint16_t port_ = 0;
};

}  // namespace postern
