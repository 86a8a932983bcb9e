// SPDX-License-Identifier: ISC
//
// adsp/round_trip.cpp - how long to wait for an acknowledgement.

#include "adsp/round_trip.h"

#include <algorithm>

namespace postern::adsp {

namespace {

using namespace std::chrono_literals;

constexpr RoundTrip::Duration first = 1500ms;
constexpr RoundTrip::Duration least = 300ms;
constexpr RoundTrip::Duration most = 8s;
constexpr unsigned most_doublings = 5;

}  // namespace

void RoundTrip::measured(Duration time) {
  if (!mean_) {
    mean_ = time;
    deviation_ = time / 2;
    return;
  }
  const Duration off = time > *mean_ ? time - *mean_ : *mean_ - time;
  deviation_ = (3 * deviation_ + off) / 4;
  mean_ = (7 * *mean_ + time) / 8;
}

void RoundTrip::timed_out() {
  doublings_ = std::min(doublings_ + 1, most_doublings);
}

RoundTrip::Duration RoundTrip::timeout(std::uint32_t chance) const {
  const Duration usual = mean_ ? std::clamp(*mean_ + 4 * deviation_, least, most) : first;
  const Duration time = std::min(usual * (1U << doublings_), most);
  return time * 7 / 8 + time / 4 * (chance % 256) / 256;
}

}  // namespace postern::adsp
