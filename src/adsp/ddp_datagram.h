// SPDX-License-Identifier: ISC
//
// adsp/ddp_datagram.h - a datagram from a socket to a socket.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "adsp/address.h"
#include "adsp/drop.h"

namespace postern::adsp {

namespace ddp_type {
constexpr std::uint8_t rtmp = 1;
constexpr std::uint8_t nbp = 2;
constexpr std::uint8_t echo = 4;
constexpr std::uint8_t rtmp_request = 5;
constexpr std::uint8_t adsp = 7;
}  // namespace ddp_type

namespace ddp_socket {
constexpr std::uint8_t rtmp = 1;
constexpr std::uint8_t names = 2;
constexpr std::uint8_t echo = 4;
constexpr std::uint8_t first_dynamic = 128;
constexpr std::uint8_t last_dynamic = 254;
}  // namespace ddp_socket

// The header is short between two nodes of one network, where the frame has their numbers; else
// long.  A short one knows no networks: both are 0.
struct DdpDatagram {
  static constexpr std::size_t most_octets = 586;

  Address destination;
  Address source;
  std::uint8_t hops = 0;  // routers that it has passed
  std::uint8_t type = 0;
  std::string_view octets;  // a view into what was parsed
};

// Both give Drop::ddp_malformed for lengths that disagree, more octets than may be, or addresses
// that nothing can have; a long header also Drop::ddp_bad_checksum.
tl::expected<DdpDatagram, Drop> parse_short_ddp(std::string_view packet, std::uint8_t destination,
                                                std::uint8_t source);
tl::expected<DdpDatagram, Drop> parse_long_ddp(std::string_view packet);

// The nodes and networks go into the long header only; that has a checksum.  At most most_octets.
std::string format_short_ddp(const DdpDatagram& datagram);
std::string format_long_ddp(const DdpDatagram& datagram);

// Of all that stands behind the checksum in a long header.  Never 0, which means that there is
// none.
std::uint16_t ddp_checksum(std::string_view octets);

}  // namespace postern::adsp
