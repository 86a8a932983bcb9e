// SPDX-License-Identifier: ISC
//
// adsp/ddp_datagram.cpp - a datagram from a socket to a socket.

#include "adsp/ddp_datagram.h"

#include <cassert>

#include "adsp/octets.h"

namespace postern::adsp {

namespace {

constexpr std::size_t short_header = 5;
constexpr std::size_t long_header = 13;
constexpr std::size_t checksummed_from = 4;

bool is_socket(std::uint8_t socket) {
  return socket != 0 && socket != 255;
}

bool is_possible(const DdpDatagram& datagram) {
  return is_socket(datagram.destination.socket) && is_socket(datagram.source.socket) &&
         datagram.source.node != 0 && datagram.source.node != broadcast_node &&
         datagram.octets.size() <= DdpDatagram::most_octets;
}

}  // namespace

tl::expected<DdpDatagram, Drop> parse_short_ddp(std::string_view packet, std::uint8_t destination,
                                                std::uint8_t source) {
  OctetReader reader(packet);
  DdpDatagram datagram;
  const std::size_t length = reader.take16();  // the upper six bits are zero
  datagram.destination = {0, destination, reader.take8()};
  datagram.source = {0, source, reader.take8()};
  datagram.type = reader.take8();
  datagram.octets = reader.rest();
  if (reader.failed() || length != packet.size() || !is_possible(datagram)) {
    return tl::unexpected(Drop::ddp_malformed);
  }
  return datagram;
}

tl::expected<DdpDatagram, Drop> parse_long_ddp(std::string_view packet) {
  OctetReader reader(packet);
  DdpDatagram datagram;
  const std::uint16_t start = reader.take16();  // two zero bits, hops, length
  datagram.hops = static_cast<std::uint8_t>(start >> 10U & 15U);
  const std::uint16_t checksum = reader.take16();
  datagram.destination.net = reader.take16();
  datagram.source.net = reader.take16();
  datagram.destination.node = reader.take8();
  datagram.source.node = reader.take8();
  datagram.destination.socket = reader.take8();
  datagram.source.socket = reader.take8();
  datagram.type = reader.take8();
  datagram.octets = reader.rest();
  const bool is_long = (start & 0xc000U) == 0 && (start & 0x3ffU) == packet.size();
  if (reader.failed() || !is_long || !is_possible(datagram)) {
    return tl::unexpected(Drop::ddp_malformed);
  }
  if (checksum != 0 && checksum != ddp_checksum(packet.substr(checksummed_from))) {
    return tl::unexpected(Drop::ddp_bad_checksum);
  }
  return datagram;
}

std::string format_short_ddp(const DdpDatagram& datagram) {
  assert(datagram.octets.size() <= DdpDatagram::most_octets);
  std::string out;
  put16(out, static_cast<std::uint16_t>(short_header + datagram.octets.size()));
  put8(out, datagram.destination.socket);
  put8(out, datagram.source.socket);
  put8(out, datagram.type);
  out += datagram.octets;
  return out;
}

std::string format_long_ddp(const DdpDatagram& datagram) {
  assert(datagram.octets.size() <= DdpDatagram::most_octets);
  std::string behind;
  put16(behind, datagram.destination.net);
  put16(behind, datagram.source.net);
  put8(behind, datagram.destination.node);
  put8(behind, datagram.source.node);
  put8(behind, datagram.destination.socket);
  put8(behind, datagram.source.socket);
  put8(behind, datagram.type);
  behind += datagram.octets;
  std::string out;
  put16(out, static_cast<std::uint16_t>((datagram.hops & 15U) << 10U |
                                        (long_header + datagram.octets.size())));
  put16(out, ddp_checksum(behind));
  return out + behind;
}

std::uint16_t ddp_checksum(std::string_view octets) {
  std::uint32_t sum = 0;
  for (const char c : octets) {
    sum = (sum + static_cast<unsigned char>(c)) & 0xffffU;
    sum = (sum << 1U | sum >> 15U) & 0xffffU;
  }
  return sum == 0 ? 0xffff : static_cast<std::uint16_t>(sum);
}

}  // namespace postern::adsp
