// SPDX-License-Identifier: ISC
//
// daemon/interface_addresses.cpp - the addresses of a network interface.

#include "daemon/interface_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <memory>
#include <optional>

namespace postern::daemon {

namespace {

std::optional<IpAddress> to_address(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* octets = nullptr;
  if (address->sa_family == AF_INET) {
    octets = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    octets = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  if (octets == nullptr) return std::nullopt;
  ::inet_ntop(address->sa_family, octets, text.data(), text.size());
  return IpAddress::parse(text.data());
}

}  // namespace

std::vector<IpAddress> addresses_of(const std::string& interface) {
  ifaddrs* all = nullptr;
  std::vector<IpAddress> addresses;
  if (::getifaddrs(&all) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{all, ::freeifaddrs};
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (interface != one->ifa_name) continue;
    if (const auto address = to_address(one->ifa_addr)) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace postern::daemon
