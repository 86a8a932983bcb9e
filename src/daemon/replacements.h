// SPDX-License-Identifier: ISC
//
// daemon/replacements.h - who of the generation in force is to be started anew, and when.

#pragma once

#include <chrono>
#include <cstdint>

namespace postern::daemon {

// The sooner somebody dies who was started anew, the longer the next one waits.
class Replacements {
 public:
  using Clock = std::chrono::steady_clock;

  struct Dead {
    std::uint32_t workers = 0;
    bool controller = false;

    bool any() const { return workers > 0 || controller; }
  };

  enum class Role { worker, controller };

  // One that lived so long has died.
  void add(Role role, Clock::duration life, Clock::time_point now);

  // One could not even be started.
  void put_off(Role role, Clock::time_point now);

  bool any() const { return dead_.any(); }

  // Those whose time has come, which are forgotten here; none before.
  Dead take_due(Clock::time_point now);

  // Another generation is in force.
  void clear() { dead_ = {}; }

 private:
  void count(Role role);

  Dead dead_;
  Clock::time_point due_at_{};
  Clock::duration back_off_{};
};

}  // namespace postern::daemon
