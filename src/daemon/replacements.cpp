// SPDX-License-Identifier: ISC
//
// daemon/replacements.cpp - who of the generation in force is to be started anew, and when.

#include "daemon/replacements.h"

#include <algorithm>
#include <utility>

namespace postern::daemon {

namespace {

// Who lives so long did not die of how it was started.
constexpr std::chrono::seconds healthy_life{10};
constexpr std::chrono::milliseconds first_back_off{100};
constexpr std::chrono::milliseconds longest_back_off{30'000};

}  // namespace

void Replacements::add(Role role, Clock::duration life, Clock::time_point now) {
  count(role);
  const Clock::duration longer =
      std::clamp<Clock::duration>(back_off_ * 2, first_back_off, longest_back_off);
  back_off_ = life >= healthy_life ? Clock::duration{} : longer;
  due_at_ = now + back_off_;
}

void Replacements::put_off(Role role, Clock::time_point now) {
  count(role);
  due_at_ = now + longest_back_off;
}

Replacements::Dead Replacements::take_due(Clock::time_point now) {
  return now >= due_at_ ? std::exchange(dead_, {}) : Dead{};
}

void Replacements::count(Role role) {
  if (role == Role::controller) {
    dead_.controller = true;
  } else {
    ++dead_.workers;
  }
}

}  // namespace postern::daemon
