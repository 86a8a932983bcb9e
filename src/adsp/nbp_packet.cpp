// SPDX-License-Identifier: ISC
//
// adsp/nbp_packet.cpp - questions after names, and their answers.

#include "adsp/nbp_packet.h"

#include <cassert>
#include <optional>

#include "adsp/octets.h"

namespace postern::adsp {

namespace {

constexpr std::size_t tuple_header = 5;

std::optional<std::string> take_part(OctetReader& reader) {
  const std::size_t length = reader.take8();
  if (length > NbpName::most_octets) return std::nullopt;
  return std::string(reader.take(length));
}

std::optional<NbpTuple> take_tuple(OctetReader& reader) {
  NbpTuple tuple;
  tuple.address.net = reader.take16();
  tuple.address.node = reader.take8();
  tuple.address.socket = reader.take8();
  tuple.enumerator = reader.take8();
  for (std::string* part : {&tuple.name.object, &tuple.name.type, &tuple.name.zone}) {
    auto taken = take_part(reader);
    if (!taken || reader.failed()) return std::nullopt;
    *part = std::move(*taken);
  }
  if (tuple.name.zone.empty()) tuple.name.zone += '*';
  return tuple;
}

void put_part(std::string& out, std::string_view part) {
  assert(part.size() <= NbpName::most_octets);
  put8(out, static_cast<std::uint8_t>(part.size()));
  out += part;
}

}  // namespace

tl::expected<NbpPacket, Drop> parse_nbp_packet(std::string_view octets) {
  constexpr auto malformed = Drop::nbp_malformed;
  OctetReader reader(octets);
  const std::uint8_t start = reader.take8();
  NbpPacket packet;
  packet.id = reader.take8();
  const unsigned function = start >> 4U;
  const std::size_t count = start & 15U;
  if (reader.failed() || function < 1 || function > 4) return tl::unexpected(malformed);
  packet.function = static_cast<NbpFunction>(function);
  if (packet.function != NbpFunction::lookup_reply && count != 1) return tl::unexpected(malformed);
  for (std::size_t i = 0; i < count; ++i) {
    auto tuple = take_tuple(reader);
    if (!tuple) return tl::unexpected(malformed);
    packet.tuples.push_back(std::move(*tuple));
  }
  return packet;
}

std::string format(const NbpPacket& packet) {
  assert(packet.tuples.size() <= NbpPacket::most_tuples);
  std::string out;
  put8(out, static_cast<std::uint8_t>(static_cast<unsigned>(packet.function) << 4U |
                                      packet.tuples.size()));
  put8(out, packet.id);
  for (const NbpTuple& tuple : packet.tuples) {
    put16(out, tuple.address.net);
    put8(out, tuple.address.node);
    put8(out, tuple.address.socket);
    put8(out, tuple.enumerator);
    put_part(out, tuple.name.object);
    put_part(out, tuple.name.type);
    put_part(out, tuple.name.zone);
  }
  return out;
}

std::size_t size_of(const NbpTuple& tuple) {
  return tuple_header + 3 + tuple.name.object.size() + tuple.name.type.size() +
         tuple.name.zone.size();
}

}  // namespace postern::adsp
