// SPDX-License-Identifier: ISC
//
// adsp/packet.cpp - what two ends of a connection send each other.

#include "adsp/packet.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>

#include "adsp/octets.h"

namespace postern::adsp {

namespace {

using Kind = Packet::Kind;

constexpr std::uint8_t wants_acknowledgement_bit = 0x40;
constexpr std::uint8_t ends_message_bit = 0x20;

// A kind, and its octet of the header without the two bits above.
struct Row {
  Kind kind;
  std::uint8_t descriptor;
};

constexpr std::array rows{
    Row{Kind::octets, 0x00},
    Row{Kind::attention, 0x10},
    Row{Kind::acknowledgement, 0x80},
    Row{Kind::open_request, 0x81},
    Row{Kind::open_acknowledgement, 0x82},
    Row{Kind::open_request_acknowledgement, 0x83},
    Row{Kind::open_denial, 0x84},
    Row{Kind::close_advice, 0x85},
    Row{Kind::forward_reset, 0x86},
    Row{Kind::forward_reset_acknowledgement, 0x87},
    Row{Kind::retransmit_advice, 0x88},
    Row{Kind::attention_acknowledgement, 0x90},
};

constexpr std::size_t least_attention = 2;  // its code

std::optional<Kind> kind_of(std::uint8_t descriptor) {
  constexpr unsigned kind_bits = 0xffU - wants_acknowledgement_bit - ends_message_bit;
  const unsigned bits = descriptor & kind_bits;
  for (const Row& row : rows) {
    if (row.descriptor == bits) return row.kind;
  }
  return std::nullopt;
}

std::uint8_t descriptor_of(Kind kind) {
  return std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.kind == kind; })
      ->descriptor;
}

bool is_possible(const Packet& packet) {
  switch (packet.kind) {
    case Kind::open_denial:
    case Kind::open_request: return true;  // one without a number is to be denied
    case Kind::attention:
      if (packet.octets.size() < least_attention) return false;
      [[fallthrough]];
    case Kind::attention_acknowledgement: return packet.connection != 0 && packet.window == 0;
    case Kind::octets:
    case Kind::acknowledgement:
    case Kind::open_acknowledgement:
    case Kind::open_request_acknowledgement:
    case Kind::close_advice:
    case Kind::forward_reset:
    case Kind::forward_reset_acknowledgement:
    case Kind::retransmit_advice: return packet.connection != 0;
  }
  return false;
}

}  // namespace

bool opens(Kind kind) {
  return kind == Kind::open_request || kind == Kind::open_acknowledgement ||
         kind == Kind::open_request_acknowledgement || kind == Kind::open_denial;
}

tl::expected<Packet, Drop> parse_packet(std::string_view octets) {
  constexpr auto malformed = Drop::adsp_malformed;
  OctetReader reader(octets);
  Packet packet;
  packet.connection = reader.take16();
  packet.first = reader.take32();
  packet.next_receive = reader.take32();
  packet.window = reader.take16();
  const std::uint8_t descriptor = reader.take8();
  const auto kind = kind_of(descriptor);
  if (!kind) return tl::unexpected(malformed);
  packet.kind = *kind;
  packet.wants_acknowledgement = (descriptor & wants_acknowledgement_bit) != 0;
  if (packet.kind == Kind::octets) packet.ends_message = (descriptor & ends_message_bit) != 0;
  if (packet.kind == Kind::octets || packet.kind == Kind::attention) packet.octets = reader.rest();
  if (opens(packet.kind)) {
    packet.version = reader.take16();
    packet.peer_connection = reader.take16();
    packet.attention_receive = reader.take32();
  }
  if (reader.failed() || packet.octets.size() > Packet::most_octets || !is_possible(packet)) {
    return tl::unexpected(malformed);
  }
  return packet;
}

std::string format(const Packet& packet) {
  assert(packet.octets.size() <= Packet::most_octets);
  unsigned descriptor = descriptor_of(packet.kind);
  if (packet.wants_acknowledgement) descriptor |= wants_acknowledgement_bit;
  if (packet.ends_message) descriptor |= ends_message_bit;
  std::string out;
  put16(out, packet.connection);
  put32(out, packet.first);
  put32(out, packet.next_receive);
  put16(out, packet.window);
  put8(out, static_cast<std::uint8_t>(descriptor));
  if (opens(packet.kind)) {
    put16(out, packet.version);
    put16(out, packet.peer_connection);
    put32(out, packet.attention_receive);
  }
  out += packet.octets;
  return out;
}

}  // namespace postern::adsp
