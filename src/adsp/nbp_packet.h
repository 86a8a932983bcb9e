// SPDX-License-Identifier: ISC
//
// adsp/nbp_packet.h - questions after names, and their answers.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "adsp/address.h"
#include "adsp/drop.h"
#include "adsp/nbp_name.h"

namespace postern::adsp {

enum class NbpFunction : std::uint8_t {
  broadcast_request = 1,  // to a router: have everybody in that zone asked
  lookup = 2,             // to everybody: who has such a name?
  lookup_reply = 3,
  forward_request = 4,  // from router to router
};

struct NbpTuple {
  Address address;              // of the name; in a question: where the answer is to go
  std::uint8_t enumerator = 0;  // tells the names of one socket apart
  NbpName name;                 // in a question: the pattern

  friend bool operator==(const NbpTuple&, const NbpTuple&) = default;
};

struct NbpPacket {
  static constexpr std::size_t most_tuples = 15;

  NbpFunction function = NbpFunction::lookup;
  std::uint8_t id = 0;  // chosen by who asks; the answer has the same
  std::vector<NbpTuple> tuples;

  friend bool operator==(const NbpPacket&, const NbpPacket&) = default;
};

// A packet of a function above; a question has exactly one tuple.  An empty zone becomes "*".
// Octets behind the tuples are ignored.  Or Drop::nbp_malformed.
tl::expected<NbpPacket, Drop> parse_nbp_packet(std::string_view octets);

std::string format(const NbpPacket& packet);

// What a tuple takes in a packet, and what stands before the first.
std::size_t size_of(const NbpTuple& tuple);
constexpr std::size_t nbp_header = 2;

}  // namespace postern::adsp
