// SPDX-License-Identifier: ISC
//
// t/unit/policy_schedule_test.cpp - the times of the week at which something may happen.

#include "policy/schedule.h"

#include <random>
#include <string>
#include <vector>

#include "base/text.h"
#include "conf/period_syntax.h"
#include "fake_zone.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::test;
using postern::policy::Schedule;

namespace {

conf::Period period(std::string_view days, std::string_view begin, std::string_view end,
                    seconds pause = seconds{0}) {
  conf::Period made;
  made.days = *conf::parse_days(days);
  made.begin = *conf::parse_time_of_day(begin);
  made.end = *conf::parse_time_of_day(end);
  made.pause = pause;
  return made;
}

// What a search minute by minute finds, within so many days; nothing here changes in between.
std::optional<sys_seconds> search(const Schedule& schedule, sys_seconds now,
                                  const LocalClock& local, int days) {
  const bool is_allowed = schedule.allows(local(now));
  const sys_seconds end = now + std::chrono::days{days};
  for (sys_seconds time = std::chrono::floor<std::chrono::minutes>(now) + std::chrono::minutes{1};
       time <= end; time += std::chrono::minutes{1}) {
    if (schedule.allows(local(time)) != is_allowed) return time;
  }
  return std::nullopt;
}

}  // namespace

TEST_GROUP(PolicySchedule) {
  std::vector<conf::Period> periods;

  bool allows(std::string_view time) {
    return Schedule{periods}.allows(wall(time));
  }
  void changes_at(std::string_view expected, std::string_view now, const LocalClock& local) {
    const auto change = Schedule{periods}.next_change(utc(now), local);
    CHECK_TEXT(change.has_value(), std::string(now).c_str());
    LONGS_EQUAL_TEXT(seconds_of(expected).count(), change->time_since_epoch().count(),
                     std::string(now).c_str());
  }
  void has_edges(const std::vector<std::string>& edges, std::string_view from,
                 const LocalClock& local) {
    std::string now(from);
    for (const std::string& edge : edges) {
      changes_at(edge, now, local);
      now = edge;
    }
  }
};

TEST(PolicySchedule, NoPeriodsAreAlways) {
  CHECK(allows("2026-11-25 03:00"));
  CHECK(!Schedule{periods}.next_change(utc("2026-11-25 03:00"), central_europe));
}

TEST(PolicySchedule, AllDayEveryDayIsAlways) {
  periods = {period("Mon-Sun", "00:00", "24:00")};
  CHECK(allows("2026-11-25 00:00"));
  CHECK(allows("2026-11-25 23:59:59"));
  CHECK(!Schedule{periods}.next_change(utc("2026-03-27 03:00"), central_europe));
}

TEST(PolicySchedule, HasItsBeginButNotItsEnd) {
  periods = {period("Mon-Fri", "08:00", "18:00")};  // 2026-11-25 is a Wednesday
  CHECK(!allows("2026-11-25 07:59:59"));
  CHECK(allows("2026-11-25 08:00"));
  CHECK(allows("2026-11-25 17:59:59"));
  CHECK(!allows("2026-11-25 18:00"));
}

TEST(PolicySchedule, HasItsDaysAndNoOthers) {
  periods = {period("Mon-Fri", "08:00", "18:00")};
  for (const char* day : {"23", "24", "25", "26", "27"}) {
    CHECK_TEXT(allows(cat("2026-11-", day, " 12:00")), day);
  }
  for (const char* day : {"22", "28", "29"})
    CHECK_TEXT(!allows(cat("2026-11-", day, " 12:00")), day);
}

TEST(PolicySchedule, MayPassMidnightAndBelongsToTheDayItBegins) {
  periods = {period("Sat", "22:00", "06:00")};
  CHECK(!allows("2026-11-28 05:00"));  // that Saturday
  CHECK(!allows("2026-11-28 21:59"));
  CHECK(allows("2026-11-28 22:00"));
  CHECK(allows("2026-11-29 05:59"));
  CHECK(!allows("2026-11-29 06:00"));
  CHECK(!allows("2026-11-29 23:00"));
}

TEST(PolicySchedule, PeriodsAddUp) {
  periods = {period("Mon", "08:00", "12:00"), period("Mon", "11:00", "13:00"),
             period("Mon", "13:00", "14:00")};
  CHECK(allows("2026-11-23 11:30"));
  CHECK(allows("2026-11-23 13:00"));
  // Where one follows the other there is no change.
  has_edges({"2026-11-23 08:00", "2026-11-23 14:00", "2026-11-30 08:00"}, "2026-11-22 00:00",
            utc_clock);
}

TEST(PolicySchedule, TheLongestPauseHolds) {
  periods = {period("Mon", "08:00", "12:00", seconds{60}),
             period("Mon", "11:00", "13:00", seconds{1800})};
  LONGS_EQUAL(60, Schedule{periods}.pause(wall("2026-11-23 10:00")).count());
  LONGS_EQUAL(1800, Schedule{periods}.pause(wall("2026-11-23 11:30")).count());
  LONGS_EQUAL(0, Schedule{periods}.pause(wall("2026-11-23 14:00")).count());
}

TEST(PolicySchedule, TheWeekendIsOneGap) {
  periods = {period("Mon-Fri", "08:00", "18:00")};
  changes_at("2026-11-27 17:00", "2026-11-27 16:59:59", central_europe);
  changes_at("2026-11-30 07:00", "2026-11-27 17:00", central_europe);
}

// On March 29 the clock goes from 02:00 to 03:00, and on October 25 from 03:00 to 02:00.
TEST(PolicySchedule, OpensByTheWallOnBothSidesOfSummerTime) {
  periods = {period("Mon-Sun", "08:00", "18:00")};
  has_edges({"2026-03-28 07:00", "2026-03-28 17:00", "2026-03-29 06:00", "2026-03-29 16:00"},
            "2026-03-28 00:00", central_europe);
  has_edges({"2026-10-24 06:00", "2026-10-24 16:00", "2026-10-25 07:00", "2026-10-25 17:00"},
            "2026-10-24 00:00", central_europe);
}

TEST(PolicySchedule, ANightIsAnHourShorterOrLonger) {
  periods = {period("Sat", "22:00", "06:00")};
  has_edges({"2026-03-28 21:00", "2026-03-29 04:00"}, "2026-03-28 00:00", central_europe);
  has_edges({"2026-10-24 20:00", "2026-10-25 05:00"}, "2026-10-24 00:00", central_europe);
}

TEST(PolicySchedule, WhatBeginsInTheMissingHourBeginsBehindIt) {
  periods = {period("Sun", "02:30", "04:00")};
  has_edges({"2026-03-29 01:00", "2026-03-29 02:00"}, "2026-03-29 00:00", central_europe);
}

TEST(PolicySchedule, WhatEndsInTheMissingHourEndsBeforeIt) {
  periods = {period("Sun", "01:00", "02:30")};
  has_edges({"2026-03-29 00:00", "2026-03-29 01:00"}, "2026-03-28 12:00", central_europe);
}

TEST(PolicySchedule, WhatIsWithinTheMissingHourDoesNotHappen) {
  periods = {period("Sun", "02:15", "02:45")};
  has_edges({"2026-03-22 01:15", "2026-03-22 01:45", "2026-04-05 00:15"}, "2026-03-21 00:00",
            central_europe);
}

TEST(PolicySchedule, WhatIsWithinTheDoubleHourHappensTwice) {
  periods = {period("Sun", "02:15", "02:45")};
  has_edges({"2026-10-25 00:15", "2026-10-25 00:45", "2026-10-25 01:15", "2026-10-25 01:45",
             "2026-11-01 01:15"},
            "2026-10-24 00:00", central_europe);
}

TEST(PolicySchedule, WhatEndsInTheDoubleHourComesBack) {
  periods = {period("Sun", "00:00", "02:30")};
  has_edges({"2026-10-24 22:00", "2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30"},
            "2026-10-24 12:00", central_europe);
}

TEST(PolicySchedule, HalfAnHourOfSummerIsEnough) {
  periods = {period("Sun", "01:40", "01:50"), period("Sun", "08:00", "09:00")};
  has_edges({"2026-04-04 14:40", "2026-04-04 14:50", "2026-04-04 15:10", "2026-04-04 15:20",
             "2026-04-04 21:30", "2026-04-04 22:30"},
            "2026-04-04 00:00", lord_howe);
}

TEST(PolicySchedule, AWholeDayMayBeMissing) {
  periods = {period("Wed", "08:00", "18:00"), period("Thu", "09:00", "10:00")};
  // The Tuesday ends, and the Thursday begins.
  changes_at("2026-12-30 19:00", "2026-12-30 09:59:59", date_line);
}

// Against a search minute by minute, in all zones, from many moments around their changes.
TEST(PolicySchedule, NextChangeIsTheFirstChange) {
  const std::vector<std::vector<conf::Period>> schedules{
      {period("Mon-Fri", "08:00", "18:00")},
      {period("Sat-Sun", "01:15", "02:45"), period("Mon-Sun", "22:30", "03:30")},
      {period("Sun", "02:00", "03:00")},
      {period("Mon-Sun", "00:00", "02:30"), period("Mon-Sun", "02:30", "24:00")},
      {period("Tue", "23:59", "00:01"), period("Wed,Thu", "12:00", "11:59")}};
  struct Zone {
    LocalClock local;
    std::vector<std::string> moments;
  };
  const std::vector<Zone> zones{
      {central_europe, {"2026-03-29 01:00", "2026-10-25 01:00", "2026-11-25 12:00"}},
      {lord_howe, {"2026-04-04 15:00", "2026-10-03 15:30"}},
      {date_line, {"2026-12-30 10:00"}},
      {utc_clock, {"2026-02-28 12:00"}}};
  std::minstd_rand random(1);
  for (const Zone& zone : zones) {
    for (const std::string& moment : zone.moments) {
      for (const auto& periods_of_case : schedules) {
        const Schedule schedule{periods_of_case};
        for (int i = 0; i < 20; ++i) {
          const sys_seconds now = utc(moment) + seconds{static_cast<int>(random() % 20000) - 10000};
          const auto expected = search(schedule, now, zone.local, 2);
          const auto found = schedule.next_change(now, zone.local);
          if (expected) {
            CHECK_TEXT(found == expected, moment.c_str());
          } else {
            CHECK_TEXT(!found || *found > now + std::chrono::days{2}, moment.c_str());
          }
        }
      }
    }
  }
}
