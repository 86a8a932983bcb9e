// SPDX-License-Identifier: ISC
//
// adsp/llap_frame.h - a LocalTalk frame in a UDP datagram (LToUDP).

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "adsp/drop.h"

namespace postern::adsp {

enum class LlapType : std::uint8_t {
  ddp_short = 0x01,
  ddp_long = 0x02,
  enquiry = 0x81,          // who has this node number?
  acknowledgement = 0x82,  // I have it
  request_to_send = 0x84,  // of the wire; means nothing here, nor does the next
  clear_to_send = 0x85,
};

// Stations are numbered from 1 to 254; 255 as destination is all of them.
struct LlapFrame {
  static constexpr std::size_t most_octets = 600;
  static constexpr std::size_t most_datagram = 7 + most_octets;  // of UDP; read into more

  std::uint32_t sender = 0;  // chosen by each process, so that it knows its own frames
  std::uint8_t destination = 0;
  std::uint8_t source = 0;
  LlapType type = LlapType::enquiry;
  std::string_view octets;  // of DDP, else none; a view into what was parsed
};

// A frame in which the lengths agree, the type is one of those above and the source is a number
// that a station may have; or Drop::frame_malformed.
tl::expected<LlapFrame, Drop> parse_llap_frame(std::string_view datagram);

std::string format(const LlapFrame& frame);

}  // namespace postern::adsp
