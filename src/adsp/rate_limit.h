// SPDX-License-Identifier: ISC
//
// adsp/rate_limit.h - so many a second, whatever is asked for.

#pragma once

#include <chrono>
#include <cstdint>

#include "adsp/world.h"

namespace postern::adsp {

// Holds a second's worth at the start, and fills evenly.  Whatever we send because somebody else
// sent something goes past one of these: AppleTalk has no addresses that could be believed, and so
// a flood of questions must not become one of answers.
class RateLimit {
 public:
  explicit RateLimit(std::uint32_t per_second)
      : interval_(std::chrono::nanoseconds{std::chrono::seconds{1}} / per_second) {}

  // Whether one more may be; takes it if so.
  bool take(Time now);

 private:
  std::chrono::nanoseconds interval_;
  Time full_from_{};
};

}  // namespace postern::adsp
