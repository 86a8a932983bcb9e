// SPDX-License-Identifier: ISC
//
// adsp/line.h - what all connections of an engine share.

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "adsp/address.h"
#include "adsp/drop.h"
#include "adsp/packet.h"
#include "adsp/world.h"

namespace postern::adsp {

// Counts since the start, for status and metrics.
struct EngineTally {
  std::uint64_t packets_in = 0;  // well-formed or not
  std::uint64_t packets_out = 0;
  std::uint64_t octets_in = 0;   // of streams, as they were accepted
  std::uint64_t octets_out = 0;  // of streams, without what was sent again
  std::uint64_t retransmissions = 0;
  std::uint64_t advices_in = 0;  // to retransmit
  std::uint64_t advices_out = 0;
  std::uint64_t probes_out = 0;
  std::uint64_t attentions_in = 0;
  std::uint64_t opened = 0;
  std::uint64_t denied = 0;      // opens that we have denied
  std::uint64_t unanswered = 0;  // opens whose peer was silent after we had agreed
  std::uint64_t silent = 0;      // connections whose peer vanished
  DropTally drops;
};

struct Line {
  // Takes octets at once, and calls nothing of the engine.  They may be lost.
  using Output = std::function<void(const Address& to, std::uint8_t from_socket,
                                    std::string_view octets, Time now)>;

  void send(const Address& to, std::uint8_t from_socket, const Packet& packet, Time now) {
    ++tally.packets_out;
    output(to, from_socket, format(packet), now);
  }

  Output output;
  Random random;
  EngineTally tally;
};

}  // namespace postern::adsp
