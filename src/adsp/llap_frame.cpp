// SPDX-License-Identifier: ISC
//
// adsp/llap_frame.cpp - a LocalTalk frame in a UDP datagram (LToUDP).

#include "adsp/llap_frame.h"

#include "adsp/address.h"
#include "adsp/octets.h"

namespace postern::adsp {

namespace {

bool is_llap_type(std::uint8_t type) {
  switch (static_cast<LlapType>(type)) {
    case LlapType::ddp_short:
    case LlapType::ddp_long:
    case LlapType::enquiry:
    case LlapType::acknowledgement:
    case LlapType::request_to_send:
    case LlapType::clear_to_send: return true;
  }
  return false;
}

bool carries_octets(LlapType type) {
  return type == LlapType::ddp_short || type == LlapType::ddp_long;
}

// The first ten bits or so of the octets are their length; the wire had nothing else to tell it.
bool has_its_length(std::string_view octets) {
  OctetReader reader(octets);
  const std::size_t length = reader.take16() & 0x3ffU;
  return !reader.failed() && length == octets.size();
}

}  // namespace

tl::expected<LlapFrame, Drop> parse_llap_frame(std::string_view datagram) {
  constexpr auto malformed = Drop::frame_malformed;
  OctetReader reader(datagram);
  LlapFrame frame;
  frame.sender = reader.take32();
  frame.destination = reader.take8();
  frame.source = reader.take8();
  const std::uint8_t type = reader.take8();
  frame.octets = reader.rest();
  if (reader.failed() || datagram.size() > LlapFrame::most_datagram) {
    return tl::unexpected(malformed);
  }
  if (!is_llap_type(type) || frame.source == 0 || frame.source == broadcast_node) {
    return tl::unexpected(malformed);
  }
  frame.type = static_cast<LlapType>(type);
  const bool is_whole =
      carries_octets(frame.type) ? has_its_length(frame.octets) : frame.octets.empty();
  if (!is_whole) return tl::unexpected(malformed);
  return frame;
}

std::string format(const LlapFrame& frame) {
  std::string out;
  put32(out, frame.sender);
  put8(out, frame.destination);
  put8(out, frame.source);
  put8(out, static_cast<std::uint8_t>(frame.type));
  out += frame.octets;
  return out;
}

}  // namespace postern::adsp
