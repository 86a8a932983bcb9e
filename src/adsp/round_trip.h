// SPDX-License-Identifier: ISC
//
// adsp/round_trip.h - how long to wait for an acknowledgement.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace postern::adsp {

// The mean of what acknowledgements have taken and four times their mean deviation, as in TCP,
// from 0.3 to 8 seconds; 1.5 before the first.  Twice as long after each time
// that it was not enough.
class RoundTrip {
 public:
  using Duration = std::chrono::steady_clock::duration;

  void measured(Duration time);  // of something that was sent once only
  void timed_out();              // the next wait is longer
  void progressed() { doublings_ = 0; }

  // An eighth more or less, as chance has it, so that two stations do not collide for ever.
  Duration timeout(std::uint32_t chance) const;

  // Without the doublings and chance.
  Duration mean() const { return mean_.value_or(std::chrono::milliseconds{500}); }

 private:
  std::optional<Duration> mean_;
  Duration deviation_{};
  unsigned doublings_ = 0;
};

}  // namespace postern::adsp
