// SPDX-License-Identifier: ISC
//
// net/kernel_address.cpp - addresses of IPv4 and IPv6 sockets as system calls want them.

#include "net/kernel_address.h"

#include <netinet/in.h>

#include <algorithm>

namespace postern::net {

namespace {

IpAddress v4_address(const in_addr& address) {
  IpAddress::Octets octets = IpAddress::parse("0.0.0.0")->octets();
  const auto* first = reinterpret_cast<const std::uint8_t*>(&address);
  std::copy(first, first + 4, octets.begin() + 12);
  return IpAddress{octets};
}

IpAddress v6_address(const in6_addr& address) {
  IpAddress::Octets octets{};
  std::copy(std::begin(address.s6_addr), std::end(address.s6_addr), octets.begin());
  return IpAddress{octets};
}

}  // namespace

KernelAddress::KernelAddress(const SocketAddress& address) {
  const auto& octets = address.ip.octets();
  if (address.ip.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::copy(octets.begin() + 12, octets.end(), reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
    size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::copy(octets.begin(), octets.end(), v6.sin6_addr.s6_addr);
    size = sizeof v6;
  }
}

std::optional<SocketAddress> KernelAddress::read() const {
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    return SocketAddress{v4_address(v4.sin_addr), ntohs(v4.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return SocketAddress{v6_address(v6.sin6_addr), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

}  // namespace postern::net
