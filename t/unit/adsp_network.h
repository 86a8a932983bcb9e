// SPDX-License-Identifier: ISC
//
// t/unit/adsp_network.h - engines on a network that loses, copies and delays what they send.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "adsp/engine.h"

namespace postern::test {

struct Faults {
  unsigned lost_of_100 = 0;
  unsigned copied_of_100 = 0;
  std::chrono::milliseconds least_delay{1};
  std::chrono::milliseconds most_delay{1};  // what waits for different times is put out of order
};

// Time is the network's own, and passes from one event to the next.
class Network {
 public:
  struct Sent {
    adsp::Address from;
    adsp::Address to;
    std::string octets;
  };

  explicit Network(std::uint32_t seed, const Faults& faults = {}) : random(seed), faults_(faults) {}

  adsp::Time now{std::chrono::hours{1}};
  std::mt19937 random;
  std::vector<Sent> sent;  // by anybody, if keeps_sent
  bool keeps_sent = false;
  std::uint64_t packets = 0;       // that were sent
  std::function<void()> on_event;  // after each

  // What may be lost or changed on its way.
  std::function<bool(const Sent&)> loses = [](const Sent&) { return false; };

  adsp::Engine& add(std::uint8_t node, const adsp::Connection::Sizes& sizes = {}) {
    return *(engines_[node] = std::make_unique<adsp::Engine>(
                 sizes, [this] { return static_cast<std::uint32_t>(random()); },
                 [this, node](const adsp::Address& to, std::uint8_t from, std::string_view octets,
                              adsp::Time) {
                   send({{0, node, from}, to, std::string(octets)});
                 }));
  }
  void remove(std::uint8_t node) { engines_.erase(node); }

  void set_faults(const Faults& faults) { faults_ = faults; }

  // As if by somebody who is no engine.
  void send(Sent packet) {
    ++packets;
    if (keeps_sent) sent.push_back(packet);
    if (loses(packet) || chance(faults_.lost_of_100)) return;
    if (chance(faults_.copied_of_100)) put_on_its_way(packet);
    put_on_its_way(std::move(packet));
  }

  void run(std::chrono::milliseconds time) {
    const adsp::Time end = now + time;
    while (step(end)) {
    }
    now = end;
  }

  // Until is() holds; whether it did in time.
  bool run_until(const std::function<bool()>& is, std::chrono::milliseconds time) {
    const adsp::Time end = now + time;
    while (!is()) {
      if (!step(end)) return false;
    }
    return true;
  }

 private:
  bool chance(unsigned of_100) { return random() % 100 < of_100; }

  void put_on_its_way(Sent packet) {
    const auto span = (faults_.most_delay - faults_.least_delay).count() + 1;
    const std::chrono::milliseconds delay =
        faults_.least_delay + std::chrono::milliseconds{random() % static_cast<unsigned>(span)};
    under_way_.emplace(now + delay, std::move(packet));
  }

  // The next event before end, if there is one.
  bool step(adsp::Time end) {
    adsp::Time next = under_way_.empty() ? adsp::Time::max() : under_way_.begin()->first;
    for (const auto& [node, engine] : engines_) {
      if (const auto due = engine->deadline()) next = std::min(next, *due);
    }
    if (next > end) return false;
    now = std::max(now, next);
    if (!under_way_.empty() && under_way_.begin()->first <= now) {
      const Sent packet = std::move(under_way_.begin()->second);
      under_way_.erase(under_way_.begin());
      const auto engine = engines_.find(packet.to.node);
      if (engine != engines_.end()) {
        engine->second->input({packet.to, packet.from, 0, adsp::ddp_type::adsp, packet.octets},
                              now);
      }
    } else {
      for (const auto& [node, engine] : engines_) engine->tick(now);
    }
    if (on_event) on_event();
    return true;
  }

  Faults faults_;
  std::map<std::uint8_t, std::unique_ptr<adsp::Engine>> engines_;
  std::multimap<adsp::Time, Sent> under_way_;
};

}  // namespace postern::test
