// SPDX-License-Identifier: ISC
//
// adsp/nbp_query.h - one question after names, asked several times.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adsp/nbp_packet.h"
#include "adsp/place.h"
#include "adsp/world.h"

namespace postern::adsp {

// Asks three times, a second apart, since nothing that is broadcast arrives for certain, and is
// over a second after the last.  Keeps at most most_found different answers.
class NbpQuery {
 public:
  static constexpr std::size_t most_found = 256;

  // The socket of this node that the answers are to come to.
  static constexpr std::uint8_t reply_socket = 253;

  NbpQuery(NbpName pattern, std::uint8_t id, Time now)
      : pattern_(std::move(pattern)), id_(id), next_(now) {}

  const NbpName& pattern() const { return pattern_; }
  std::uint8_t id() const { return id_; }
  const std::vector<NbpTuple>& found() const { return found_; }

  // A packet that is to be sent now, to a router if there is one and else to everybody.
  std::optional<NbpPacket> take_due(const Place& place, Time now);

  // When there is something to send, or when it is over.
  Time next() const { return next_; }
  bool is_over(Time now) const { return sent_ == times && now >= next_; }

  // Keeps the tuples of an answer with this query's id that fit the pattern.
  void answer(const NbpPacket& packet);

 private:
  static constexpr unsigned times = 3;

  NbpName pattern_;
  std::uint8_t id_;
  unsigned sent_ = 0;
  Time next_;
  std::vector<NbpTuple> found_;
};

}  // namespace postern::adsp
