// SPDX-License-Identifier: ISC
//
// t/unit/base_local_time_test.cpp - the clock on the wall, by the rules of the C library.

#include "base/local_time.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "fake_zone.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::test;

// Rules that need no file.
TEST_GROUP(BaseLocalTime) {
  std::optional<std::string> zone;

  void setup() override {
    if (const char* before = std::getenv("TZ")) zone = before;
  }
  void teardown() override {
    zone ? ::setenv("TZ", zone->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
    zone.reset();
  }
};

TEST(BaseLocalTime, KnowsSummerTime) {
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  for (const char* change : {"2026-03-29 01:00", "2026-10-25 01:00", "2026-06-01 12:00"}) {
    for (int seconds_off = -7200; seconds_off <= 7200; seconds_off += 300) {
      for (const int second : {-1, 0, 1}) {
        const auto time = utc(change) + seconds{seconds_off + second};
        CHECK_TEXT(local_time(time) == central_europe(time), change);
      }
    }
  }
}

TEST(BaseLocalTime, NoticesAnotherZone) {
  const auto noon = utc("2026-11-25 12:00");
  ::setenv("TZ", "UTC0", 1);
  CHECK(local_time(noon) == wall("2026-11-25 12:00"));
  ::setenv("TZ", "EST5", 1);
  CHECK(local_time(noon) == wall("2026-11-25 07:00"));
  ::setenv("TZ", "XXX-5:45", 1);
  CHECK(local_time(noon) == wall("2026-11-25 17:45"));
}
