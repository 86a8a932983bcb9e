// SPDX-License-Identifier: ISC
//
// t/unit/adsp_round_trip_test.cpp - how long to wait for an acknowledgement.

#include "adsp/round_trip.h"

#include <chrono>

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::adsp::RoundTrip;

TEST_GROUP(AdspRoundTrip) {
  RoundTrip round_trip;

  // In the middle of what chance allows.
  double seconds() const {
    return std::chrono::duration<double>(round_trip.timeout(128)).count();
  }
};

TEST(AdspRoundTrip, WaitsASecondAndAHalfAtFirst) {
  DOUBLES_EQUAL(1.5, seconds(), 0.001);
}

TEST(AdspRoundTrip, WaitsForTheMeanAndFourDeviations) {
  round_trip.measured(1s);
  DOUBLES_EQUAL(3.0, seconds(), 0.001);
  for (int i = 0; i < 100; ++i) round_trip.measured(1s);
  DOUBLES_EQUAL(1.0, seconds(), 0.001);
  round_trip.measured(2s);
  DOUBLES_EQUAL(1.125 + 4 * 0.25, seconds(), 0.001);
}

TEST(AdspRoundTrip, WaitsFromAThirdOfASecondToEight) {
  for (int i = 0; i < 100; ++i) round_trip.measured(1ms);
  DOUBLES_EQUAL(0.3, seconds(), 0.001);
  for (int i = 0; i < 100; ++i) round_trip.measured(1min);
  DOUBLES_EQUAL(8.0, seconds(), 0.001);
}

TEST(AdspRoundTrip, WaitsTwiceAsLongEachTimeUntilThereIsProgress) {
  for (int i = 0; i < 100; ++i) round_trip.measured(500ms);
  for (const double expected : {0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0}) {
    DOUBLES_EQUAL(expected, seconds(), 0.001);
    round_trip.timed_out();
  }
  round_trip.progressed();
  DOUBLES_EQUAL(0.5, seconds(), 0.001);
}

TEST(AdspRoundTrip, LeavesAnEighthToChance) {
  for (std::uint32_t chance = 0; chance < 1000; ++chance) {
    const auto time = round_trip.timeout(chance);
    CHECK(time >= 1500ms * 7 / 8 && time <= 1500ms * 9 / 8);
  }
  CHECK(round_trip.timeout(0) != round_trip.timeout(1));
}
