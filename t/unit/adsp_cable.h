// SPDX-License-Identifier: ISC
//
// t/unit/adsp_cable.h - a cable with stations, in a time of its own.

#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "adsp/node.h"

namespace postern::test {

// Carries each frame to all stations, the sender too, at once.
class Cable {
 public:
  adsp::Time now{std::chrono::hours{1}};
  std::function<bool(const std::string&)> loses = [](const std::string&) { return false; };
  std::vector<std::string> frames;  // all that were sent
  std::mt19937 random{1};

  adsp::Node& add(const adsp::Node::Options& options = {}) {
    stations_.push_back(std::make_unique<adsp::Node>(
        options, [this] { return static_cast<std::uint32_t>(random()); },
        [this](std::string_view frame) { send(std::string(frame)); }));
    return *stations_.back();
  }

  // A station that has a number.
  adsp::Node& start(const adsp::Node::Options& options = {}) {
    adsp::Node& node = add(options);
    node.start(now);
    run(std::chrono::seconds{2});
    return node;
  }

  // As if by a station that is no Node.
  void send(const std::string& frame) {
    frames.push_back(frame);
    waiting_.push_back(frame);
    if (waiting_.size() == 1) deliver();
  }

  // Lets time pass, from deadline to deadline.
  void run(std::chrono::milliseconds time) {
    const adsp::Time end = now + time;
    for (;;) {
      adsp::Time next = end;
      for (const auto& station : stations_) {
        if (const auto due = station->deadline()) next = std::min(next, std::max(*due, now));
      }
      const bool stands_still = next == now;
      now = next;
      for (const auto& station : stations_) station->tick(now);
      if (now == end) return;
      if (stands_still && ++standing_ > 10000) return;  // a deadline that tick does not meet
      if (!stands_still) standing_ = 0;
    }
  }

  bool stood_still() const { return standing_ > 10000; }

 private:
  void deliver() {
    while (!waiting_.empty()) {
      const std::string frame = waiting_.front();
      if (!loses(frame)) {
        for (const auto& station : stations_) station->input(frame, now);
      }
      waiting_.pop_front();
    }
  }

  std::vector<std::unique_ptr<adsp::Node>> stations_;
  std::deque<std::string> waiting_;
  int standing_ = 0;
};

// The events of a kind among those.
template <typename Event>
std::vector<Event> only(const std::vector<adsp::NodeEvent>& events) {
  std::vector<Event> found;
  for (const adsp::NodeEvent& event : events) {
    if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
  }
  return found;
}

}  // namespace postern::test
