// SPDX-License-Identifier: ISC
//
// t/fuzz/ddp_fuzz.cpp - what comes from an AppleTalk network, up to names.
//
// The input is an LToUDP datagram; what parses prints as what parses to the same.  A station with
// names, which has number 130, hears it as well, and answers to nothing with more than a few
// frames.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adsp/ddp_datagram.h"
#include "adsp/llap_frame.h"
#include "adsp/mac_roman.h"
#include "adsp/nbp_packet.h"
#include "adsp/node.h"
#include "cut.h"

using namespace postern;
using namespace postern::adsp;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

void check_name(const NbpName& name) {
  for (const std::string& part : {name.object, name.type, name.zone}) {
    require(part.size() <= NbpName::most_octets);
    require(utf8_to_mac_roman(mac_roman_to_utf8(part)) == part);
  }
  require(matches({"=", "="}, name));
  require(!is_plain(name) || matches(name, name));
}

void check_names(std::string_view octets) {
  const auto packet = parse_nbp_packet(octets);
  if (!packet) return;
  require(packet->tuples.size() <= NbpPacket::most_tuples);
  std::size_t size = nbp_header;
  for (const NbpTuple& tuple : packet->tuples) {
    check_name(tuple.name);
    size += size_of(tuple);
  }
  const std::string printed = format(*packet);
  require(printed.size() == size);
  const auto again = parse_nbp_packet(printed);
  require(again && *again == *packet);
}

bool are_same(const DdpDatagram& a, const DdpDatagram& b) {
  return a.destination == b.destination && a.source == b.source && a.hops == b.hops &&
         a.type == b.type && a.octets == b.octets;
}

void check_datagram(const LlapFrame& frame) {
  const auto brief = parse_short_ddp(frame.octets, frame.destination, frame.source);
  if (brief) {
    require(format_short_ddp(*brief) == frame.octets);
    check_names(brief->octets);
  }
  const auto extended = parse_long_ddp(frame.octets);
  if (extended) {
    const std::string printed = format_long_ddp(*extended);
    const auto again = parse_long_ddp(printed);
    require(again && are_same(*again, *extended));
    check_names(extended->octets);
  }
}

void check_node(std::string_view datagram) {
  std::size_t frames = 0;
  std::uint32_t chance = 0;
  Node node(
      {.hint = 130, .zone = "*"}, [&] { return ++chance; },
      [&](std::string_view frame) {
        ++frames;
        require(parse_llap_frame(frame).has_value());
      });
  Time now{std::chrono::hours{1}};
  node.add_name({"Postern", "SMTPServer"}, 140);
  node.on_adsp([](const DdpDatagram& datagram_for_us, Time) {
    require(datagram_for_us.destination.socket >= ddp_socket::first_dynamic);
  });
  node.start(now);
  node.input(datagram, now);  // without a number yet
  for (int i = 0; i < 30; ++i) {
    now += std::chrono::milliseconds{200};
    node.tick(now);
  }
  const std::size_t before = frames;
  node.input(datagram, now);
  require(frames <= before + 1);
  node.take_events();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string copy(data, data + size);
  const PieceBuffer input(copy);
  if (const auto frame = parse_llap_frame(input.view())) {
    require(format(*frame) == copy);
    check_datagram(*frame);
  }
  check_names(input.view());
  check_node(input.view());
  return 0;
}
