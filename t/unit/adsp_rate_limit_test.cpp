// SPDX-License-Identifier: ISC
//
// t/unit/adsp_rate_limit_test.cpp - so many a second, whatever is asked for.

#include "adsp/rate_limit.h"

#include <chrono>

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::adsp::RateLimit;
using postern::adsp::Time;

TEST_GROUP(AdspRateLimit) {
  RateLimit limit{10};
  Time now{1h};

  int take_all() {
    int taken = 0;
    while (limit.take(now)) ++taken;
    return taken;
  }
};

TEST(AdspRateLimit, HoldsASecondsWorth) {
  LONGS_EQUAL(10, take_all());
  now += 24h;
  LONGS_EQUAL(10, take_all());
}

TEST(AdspRateLimit, FillsEvenly) {
  take_all();
  now += 99ms;
  CHECK(!limit.take(now));
  now += 1ms;
  LONGS_EQUAL(1, take_all());
  now += 500ms;
  LONGS_EQUAL(5, take_all());
}
