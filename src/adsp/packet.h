// SPDX-License-Identifier: ISC
//
// adsp/packet.h - what two ends of a connection send each other.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "adsp/drop.h"

namespace postern::adsp {

struct Packet {
  static constexpr std::size_t most_octets = 572;
  static constexpr std::uint16_t our_version = 0x0100;

  enum class Kind {
    octets,           // of the stream; maybe none
    acknowledgement,  // and, when it asks for one itself, a probe
    open_request,
    open_acknowledgement,
    open_request_acknowledgement,
    open_denial,
    close_advice,
    forward_reset,  // what was sent up to here is to be forgotten
    forward_reset_acknowledgement,
    retransmit_advice,
    attention,  // a message beside the stream, with numbers of its own
    attention_acknowledgement,
  };

  Kind kind = Kind::acknowledgement;
  std::uint16_t connection = 0;    // the sender's number for it
  std::uint32_t first = 0;         // of the first octet, or of the next that is to be sent
  std::uint32_t next_receive = 0;  // of the octet that the sender waits for
  std::uint16_t window = 0;        // octets that it has room for, from next_receive on
  bool wants_acknowledgement = false;
  bool ends_message = false;  // Kind::octets; takes a number, behind those of the octets

  // Of the four open packets.
  std::uint16_t version = our_version;
  std::uint16_t peer_connection = 0;  // the receiver's number, 0 while it is not known
  std::uint32_t attention_receive = 0;

  std::string_view octets;  // of octets and attention; a view into what was parsed
};

bool opens(Packet::Kind kind);  // one of the four

// A packet of a known kind whose fields can be; Drop::adsp_malformed for anything else.  Octets
// behind a packet that carries none are ignored.  The version may be any.
tl::expected<Packet, Drop> parse_packet(std::string_view octets);

std::string format(const Packet& packet);

}  // namespace postern::adsp
