// SPDX-License-Identifier: ISC
//
// t/fuzz/adsp_fuzz.cpp - an engine, and whatever comes to it.
//
// The input is a play of steps: packets with fields that are chosen, packets of any octets, time
// that passes, and what the owner of the connections does.  All the while the engine holds no more
// than it may and answers with no more than it may, and in the end nothing is left of it all.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adsp/engine.h"
#include "cut.h"

using namespace postern;
using namespace postern::adsp;
using postern::test::require;

namespace {

constexpr std::uint8_t service = 140;
constexpr std::size_t channels = 3;
constexpr Connection::Sizes sizes{.receive = 700, .send = 1500};

class Play {
 public:
  explicit Play(std::string_view steps) : steps_(steps) { engine_.listen(service, channels); }

  void run() {
    while (!steps_.empty()) {
      packets_ = 0;
      step();
      check();
    }
    end();
  }

 private:
  std::uint8_t next() {
    if (steps_.empty()) return 0;
    const auto octet = static_cast<std::uint8_t>(steps_.front());
    steps_.remove_prefix(1);
    return octet;
  }
  std::string_view next(std::size_t octets) {
    const std::string_view taken = steps_.substr(0, octets);
    steps_.remove_prefix(taken.size());
    return taken;
  }

  void step() {
    switch (next() % 8) {
      case 0:
      case 1:
      case 2: return hear_packet();
      case 3: return hear(next(next()));
      case 4: return pass(std::chrono::milliseconds{next() * 4});
      case 5: return pass(std::chrono::seconds{next()});
      case 6: return use();
      case 7:
        if (next() % 4 == 0) (void)engine_.open({0, 9, 200}, 150, now_);
        return;
    }
  }

  // Numbers are near those that the engine uses, or they would never fit.
  void hear_packet() {
    constexpr std::uint8_t descriptors[] = {0x00, 0x40, 0x60, 0x80, 0xc0, 0x81, 0x82, 0x83,
                                            0x84, 0x85, 0x86, 0x87, 0x88, 0x50, 0x90, 0x10};
    const std::uint8_t descriptor = descriptors[next() % 16];
    Packet packet;
    packet.connection = static_cast<std::uint16_t>(1 + next() % 4);
    packet.first = base_ + next() * 4U;
    packet.next_receive = next() * 8U;
    packet.window = static_cast<std::uint16_t>((descriptor & 0x10U) != 0 ? 0 : next() * 16U);
    packet.peer_connection = descriptor == 0x81 ? std::uint16_t{0} : last_number_;
    packet.kind = Packet::Kind::open_request;  // for its fields; the descriptor comes below
    std::string octets = format(packet);
    octets[12] = static_cast<char>(descriptor);
    const bool opens = descriptor >= 0x81 && descriptor <= 0x84;
    if (!opens) octets.resize(13);
    if ((descriptor & 0x80U) == 0) octets += next(next());
    hear(octets);
  }

  void hear(std::string_view octets) {
    const std::uint8_t to = next() % 4 == 0 ? 150 : service;
    const Address from{0, static_cast<std::uint8_t>(9 + next() % 4), 200};
    const std::string copy(octets);
    const test::PieceBuffer buffer(copy);
    engine_.input({{0, 5, to}, from, 0, ddp_type::adsp, buffer.view()}, now_);
    require(packets_ <= 8);  // a burst, and what is no octets
  }

  void pass(std::chrono::milliseconds time) {
    const Time end = now_ + time;
    int rounds = 0;
    while (const auto due = engine_.deadline()) {
      if (*due > end) break;
      now_ = std::max(now_, *due);
      engine_.tick(now_);
      require(++rounds < 100'000);
    }
    now_ = end;
  }

  void use() {
    const std::uint8_t how = next();
    for (const Engine::Id id : engine_.take_changed()) {
      const Connection* connection = engine_.find(id);
      require(connection != nullptr);
      known_.push_back(id);
      if (connection->state() != Connection::State::ended) continue;
      engine_.release(id, now_);
      require(engine_.find(id) == nullptr);
    }
    std::erase_if(known_, [&](Engine::Id id) { return engine_.find(id) == nullptr; });
    if (known_.empty()) return;
    const Engine::Id id = known_[how / 8 % known_.size()];
    const Connection& connection = *engine_.find(id);
    switch (how % 8) {
      case 0:
      case 1: return engine_.consume(id, connection.unread().size() / (1 + how / 64), now_);
      case 2:
      case 3: {
        const std::size_t room = connection.room();
        const std::string octets(next() * 8U, 'x');
        require(engine_.write(id, octets, now_) == std::min(room, octets.size()));
        return;
      }
      case 4: return engine_.close(id, now_);
      case 5: return engine_.abort(id, now_);
      case 6: return engine_.release(id, now_);
      case 7: base_ += 256; return;
    }
  }

  void check() const {
    require(engine_.channels_in_use(service) <= channels + 1);
    require(engine_.size() <= 2 * channels + Engine::most_own);
    require(engine_.tombstones() <= Tombstones::most);
    for (const Engine::Id id : known_) {
      const Connection* connection = engine_.find(id);
      if (connection == nullptr) continue;
      require(connection->unread().size() <= sizes.receive);
      require(connection->room() <= sizes.send);
      const bool has_ended = connection->state() == Connection::State::ended;
      require(has_ended == (connection->end() != Connection::End::none));
    }
  }

  // All peers are silent from now on.
  void end() {
    pass(std::chrono::minutes{5});
    for (const Engine::Id id : engine_.take_changed()) engine_.release(id, now_);
    for (const Engine::Id id : known_) {
      const Connection* connection = engine_.find(id);
      if (connection == nullptr) continue;
      require(connection->state() == Connection::State::ended);
      engine_.release(id, now_);
    }
    require(engine_.size() == 0);
    pass(std::chrono::minutes{5});
    require(engine_.tombstones() == 0 && !engine_.deadline());
  }

  std::string_view steps_;
  Time now_{std::chrono::hours{1}};
  std::uint32_t chance_ = 0;
  std::uint32_t base_ = 0;  // of the numbers of octets
  std::size_t packets_ = 0;
  std::uint16_t last_number_ = 0;  // of a connection, as the engine says it
  std::vector<Engine::Id> known_;
  Engine engine_{sizes, [this] { return ++chance_; },
                 [this](const Address& to, std::uint8_t, std::string_view octets, Time) {
                   const auto packet = parse_packet(octets);
                   require(packet.has_value() && to.node != 0);
                   if (packet->connection != 0) last_number_ = packet->connection;
                   ++packets_;
                 }};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string steps(data, data + size);
  Play(steps).run();
  return 0;
}
