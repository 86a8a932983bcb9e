// SPDX-License-Identifier: ISC
//
// base/socket_address.cpp - an IP address and a port.

#include "base/socket_address.h"

#include "base/text.h"

namespace postern {

std::optional<SocketAddress> SocketAddress::parse(std::string_view text,
                                                  std::uint16_t default_port) {
  if (const auto ip = IpAddress::parse(text)) return SocketAddress{*ip, default_port};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  // Without brackets nobody knows where the address ends.
  const bool is_v6 = host.starts_with('[') && host.ends_with(']');
  if (is_v6) host = host.substr(1, host.size() - 2);
  if (is_v6 != (host.find(':') != std::string_view::npos)) return std::nullopt;
  const auto ip = IpAddress::parse(host);
  const auto port = parse_decimal<std::uint16_t>(text.substr(colon + 1));
  if (!ip || !port || *port == 0) return std::nullopt;
  return SocketAddress{*ip, *port};
}

}  // namespace postern
