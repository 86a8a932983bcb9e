// SPDX-License-Identifier: ISC
//
// t/unit/fake_zone.h - clocks on walls where summer time begins and ends.

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/local_time.h"
#include "base/text.h"

namespace postern::test {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// "2026-03-29 02:30" or "2026-03-29 02:30:59", as a number of seconds since 1970 of whatever clock.
inline seconds seconds_of(std::string_view text) {
  const auto number = [text](std::size_t at, std::size_t digits) {
    return parse_decimal<int>(text.substr(at, digits)).value();
  };
  const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                         std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                         std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  const int second = text.size() > 16 ? number(17, 2) : 0;
  return std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{number(11, 2)} +
         std::chrono::minutes{number(14, 2)} + seconds{second};
}
inline sys_seconds utc(std::string_view text) {
  return sys_seconds{seconds_of(text)};
}
inline local_seconds wall(std::string_view text) {
  return local_seconds{seconds_of(text)};
}

// Central Europe in 2026: an hour before UTC; two from March 29 to October 25, at 01:00 UTC both.
inline local_seconds central_europe(sys_seconds time) {
  const bool is_summer = time >= utc("2026-03-29 01:00") && time < utc("2026-10-25 01:00");
  return local_seconds{time.time_since_epoch() + std::chrono::hours{is_summer ? 2 : 1}};
}

// Lord Howe Island in 2026: ten and a half hours before UTC, eleven in summer, which is from
// October to April there.
inline local_seconds lord_howe(sys_seconds time) {
  const bool is_winter = time >= utc("2026-04-04 15:00") && time < utc("2026-10-03 15:30");
  return local_seconds{time.time_since_epoch() + std::chrono::minutes{is_winter ? 630 : 660}};
}

// An island that has moved across the date line: December 30, 2026, is left out there.
inline local_seconds date_line(sys_seconds time) {
  const bool has_moved = time >= utc("2026-12-30 10:00");
  return local_seconds{time.time_since_epoch() + std::chrono::hours{has_moved ? 14 : -10}};
}

inline local_seconds utc_clock(sys_seconds time) {
  return local_seconds{time.time_since_epoch()};
}

}  // namespace postern::test
