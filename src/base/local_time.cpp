// SPDX-License-Identifier: ISC
//
// base/local_time.cpp - what the clock on the wall shows.

#include "base/local_time.h"

#include <ctime>

namespace postern {

std::chrono::local_seconds local_time(std::chrono::sys_seconds time) {
  ::tzset();  // localtime_r reads the zone once and for all
  const std::time_t now = std::chrono::system_clock::to_time_t(time);
  std::tm broken_down{};
  if (::localtime_r(&now, &broken_down) == nullptr) {
    return std::chrono::local_seconds{time.time_since_epoch()};
  }
  return std::chrono::local_seconds{time.time_since_epoch() +
                                    std::chrono::seconds{broken_down.tm_gmtoff}};
}

}  // namespace postern
