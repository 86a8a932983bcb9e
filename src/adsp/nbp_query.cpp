// SPDX-License-Identifier: ISC
//
// adsp/nbp_query.cpp - one question after names, asked several times.

#include "adsp/nbp_query.h"

#include <algorithm>

namespace postern::adsp {

std::optional<NbpPacket> NbpQuery::take_due(const Place& place, Time now) {
  if (sent_ == times || now < next_) return std::nullopt;
  ++sent_;
  next_ = now + std::chrono::seconds{1};
  const NbpFunction function = place.router ? NbpFunction::broadcast_request : NbpFunction::lookup;
  return NbpPacket{function, id_, {{{place.net, place.node, reply_socket}, 0, pattern_}}};
}

void NbpQuery::answer(const NbpPacket& packet) {
  for (const NbpTuple& tuple : packet.tuples) {
    const bool is_new = std::none_of(found_.begin(), found_.end(), [&](const NbpTuple& known) {
      return matches(known.address, tuple.address) && known.enumerator == tuple.enumerator &&
             known.name == tuple.name;
    });
    const bool has_room = found_.size() < most_found;
    if (is_new && has_room && matches(pattern_, tuple.name)) found_.push_back(tuple);
  }
}

}  // namespace postern::adsp
