// SPDX-License-Identifier: ISC
//
// t/unit/adsp_engine_fixture.h - an engine, and a peer of which a test plays every packet.

#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <string>

#include "adsp/engine.h"

#include <CppUTest/TestHarness.h>

namespace postern::test {

class EngineFixture : public Utest {
 public:
  using Kind = adsp::Packet::Kind;
  static constexpr std::uint8_t service = 140;

  // A packet that the engine has sent.
  struct Sent {
    adsp::Packet packet;  // its octets are below
    adsp::Address to;
    std::uint8_t from_socket = 0;
    std::string octets;
  };

  std::mt19937 random{1};
  adsp::Time now{std::chrono::hours{1}};
  std::deque<Sent> sent;
  adsp::Address peer{0, 9, 200};
  std::uint16_t peer_number = 7;
  adsp::Engine engine{
      {},
      [this] { return static_cast<std::uint32_t>(random()); },
      [this](const adsp::Address& to, std::uint8_t from, std::string_view octets, adsp::Time) {
        const auto packet = adsp::parse_packet(octets);
        sent.push_back({*packet, to, from, std::string(packet->octets)});
      }};

  // From the peer.
  adsp::Packet packet(Kind kind, adsp::Sequence first = 0, adsp::Sequence next_receive = 0,
                      std::uint16_t window = 8192) const {
    adsp::Packet packet;
    packet.kind = kind;
    packet.connection = peer_number;
    packet.first = first;
    packet.next_receive = next_receive;
    packet.window = window;
    return packet;
  }
  adsp::Packet asking(adsp::Packet packet) const {
    packet.wants_acknowledgement = true;
    return packet;
  }
  adsp::Packet octets(adsp::Sequence first, std::string_view text,
                      adsp::Sequence next_receive = 0) const {
    adsp::Packet octets = packet(Kind::octets, first, next_receive);
    octets.octets = text;
    return octets;
  }

  void hear(const adsp::Packet& packet, std::uint8_t socket = service) {
    hear(adsp::format(packet), socket);
  }
  void hear(const std::string& octets, std::uint8_t socket = service) {
    engine.input({{0, 5, socket}, peer, 0, adsp::ddp_type::adsp, octets}, now);
  }

  // The oldest that was not taken; a packet of an impossible kind if there is none.
  Sent take() {
    if (sent.empty()) return {};
    const Sent first = sent.front();
    sent.pop_front();
    return first;
  }
  bool says(Kind kind) { return !sent.empty() && take().packet.kind == kind; }
  bool is_silent() const { return sent.empty(); }

  // Lets time pass as a program does: from deadline to deadline.
  void pass(std::chrono::milliseconds time) {
    const adsp::Time end = now + time;
    while (const auto due = engine.deadline()) {
      if (*due > end) break;
      now = std::max(now, *due);
      engine.tick(now);
    }
    now = end;
  }

  // A connection of the peer's; what was sent for it is taken.  Its number is in accepted.
  std::uint16_t accepted = 0;
  adsp::Engine::Id open(adsp::Sequence next_receive = 0, std::uint16_t window = 8192) {
    hear(packet(Kind::open_request, 0, next_receive, window));
    accepted = take().packet.connection;
    adsp::Packet acknowledgement = packet(Kind::open_acknowledgement, 0, next_receive, window);
    acknowledgement.peer_connection = accepted;
    hear(acknowledgement);
    const auto changed = engine.take_changed();
    return changed.empty() ? 0 : changed.back();
  }

  std::uint64_t drops(adsp::Drop drop) const { return engine.tally().drops.of(drop); }
};

}  // namespace postern::test
