// SPDX-License-Identifier: ISC
//
// base/socket_address.h - an IP address and a port.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"

namespace postern {

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  static constexpr std::uint16_t dns_port = 53;

  // "192.0.2.1", "192.0.2.1:5353", "2001:db8::1" or "[2001:db8::1]:5353"; nothing for anything
  // else, port 0 included.
  static std::optional<SocketAddress> parse(std::string_view text, std::uint16_t default_port);

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

}  // namespace postern
