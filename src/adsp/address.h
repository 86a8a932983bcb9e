// SPDX-License-Identifier: ISC
//
// adsp/address.h - where something is on an AppleTalk network.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::adsp {

constexpr std::uint8_t broadcast_node = 255;

// A socket of a node of a network.  Network 0 is "the one we are on", whichever that is, and so
// equals any other in matches; operator== compares to the letter.
struct Address {
  std::uint16_t net = 0;
  std::uint8_t node = 0;
  std::uint8_t socket = 0;

  friend bool operator==(const Address&, const Address&) = default;

  // "appletalk:2.15.130": what logs, Received fields and rules call a client.  No rule about IP
  // addresses can match it.
  std::string to_string() const;
};

// Reads what to_string writes; nothing if text is anything else, or a part of it is too large.
std::optional<Address> parse_address(std::string_view text);

inline bool nets_match(std::uint16_t a, std::uint16_t b) {
  return a == b || a == 0 || b == 0;
}
inline bool matches(const Address& a, const Address& b) {
  return a.node == b.node && a.socket == b.socket && nets_match(a.net, b.net);
}

}  // namespace postern::adsp
