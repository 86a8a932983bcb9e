// SPDX-License-Identifier: ISC
//
// net/kernel_address.h - addresses of IPv4 and IPv6 sockets as system calls want them.

#pragma once

#include <sys/socket.h>

#include <optional>

#include "base/socket_address.h"

namespace postern::net {

struct KernelAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  KernelAddress() = default;  // room for one that a call fills in
  explicit KernelAddress(const SocketAddress& address);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

  std::optional<SocketAddress> read() const;  // nothing for other families
};

}  // namespace postern::net
