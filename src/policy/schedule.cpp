// SPDX-License-Identifier: ISC
//
// policy/schedule.cpp - the times of the week at which something may happen.

#include "policy/schedule.h"

#include <algorithm>

namespace postern::policy {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// A week, and two more, since summer time may have skipped what comes once a week.
constexpr days horizon{21};

// No zone changes its offset twice within so long.
constexpr seconds step{std::chrono::hours{6}};

bool has_day(const conf::Period& period, local_days day) {
  return period.days.test(std::chrono::weekday{day}.c_encoding());
}

local_seconds begin_of(const conf::Period& period, local_days day) {
  return day + period.begin;
}

// One that ends before it begins ends on the next day.
local_seconds end_of(const conf::Period& period, local_days day) {
  return (period.end > period.begin ? day : day + days{1}) + period.end;
}

bool holds(const conf::Period& period, local_seconds time) {
  const auto today = std::chrono::floor<days>(time);
  for (const local_days day : {today - days{1}, today}) {
    if (has_day(period, day) && begin_of(period, day) <= time && time < end_of(period, day)) {
      return true;
    }
  }
  return false;
}

// The first moment after begin, and not after end, at which the local time has another offset than
// at begin; end if there is none.
sys_seconds end_of_offset(sys_seconds begin, sys_seconds end, const LocalClock& local) {
  const auto offset = [&local](sys_seconds time) {
    return local(time).time_since_epoch() - time.time_since_epoch();
  };
  const seconds old = offset(begin);
  if (offset(end) == old) return end;
  while (end - begin > seconds{1}) {
    const sys_seconds middle = begin + (end - begin) / 2;
    (offset(middle) == old ? begin : end) = middle;
  }
  return end;
}

}  // namespace

bool Schedule::allows(local_seconds time) const {
  return periods_.empty() ||
         std::any_of(periods_.begin(), periods_.end(),
                     [time](const conf::Period& period) { return holds(period, time); });
}

seconds Schedule::pause(local_seconds time) const {
  seconds longest{0};
  for (const conf::Period& period : periods_) {
    if (holds(period, time)) longest = std::max(longest, period.pause);
  }
  return longest;
}

// Until a period begins or ends, but at most a step.
seconds Schedule::until_next_end(local_seconds time) const {
  const auto today = std::chrono::floor<days>(time);
  seconds least = step;
  for (const conf::Period& period : periods_) {
    for (const local_days day : {today - days{1}, today, today + days{1}}) {
      for (const local_seconds edge : {begin_of(period, day), end_of(period, day)}) {
        if (has_day(period, day) && edge > time) least = std::min(least, edge - time);
      }
    }
  }
  return least;
}

std::optional<sys_seconds> Schedule::next_change(sys_seconds now, const LocalClock& local) const {
  if (periods_.empty()) return std::nullopt;
  const bool is_allowed = allows(local(now));
  for (sys_seconds time = now; time < now + horizon;) {
    time = end_of_offset(time, time + until_next_end(local(time)), local);
    if (allows(local(time)) != is_allowed) return time;
  }
  return std::nullopt;
}

}  // namespace postern::policy
