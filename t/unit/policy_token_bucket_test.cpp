// SPDX-License-Identifier: ISC
//
// t/unit/policy_token_bucket_test.cpp - so many a minute, and as many at once.

#include "policy/token_bucket.h"

#include <chrono>
#include <cstdint>
#include <limits>

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::policy::Time;
using postern::policy::TokenBucket;

TEST_GROUP(PolicyTokenBucket) {
  TokenBucket bucket;
  Time now{24h};

  // Takes what there is, but not more than most.
  int drain(std::uint32_t rate, int most = 100'000) {
    int taken = 0;
    for (; taken < most && bucket.has_token(rate, now); ++taken) bucket.take(rate, now);
    return taken;
  }
};

TEST(PolicyTokenBucket, HoldsAMinutesWorthAtTheStart) {
  for (const std::uint32_t rate : {1U, 2U, 3U, 7U, 60U, 61U, 1000U, 54'321U}) {
    bucket = TokenBucket{};
    UNSIGNED_LONGS_EQUAL(rate, static_cast<unsigned>(drain(rate)));
  }
}

TEST(PolicyTokenBucket, HoldsAMinutesWorthWhenTheClockIsAtItsBeginning) {
  for (const Time start : {Time{}, Time{1ns}}) {
    bucket = TokenBucket{};
    now = start;
    LONGS_EQUAL(5, drain(5));
  }
}

TEST(PolicyTokenBucket, GivesNothingMoreWhileTheClockStandsStill) {
  drain(10);
  for (int i = 0; i < 1000; ++i) CHECK(!bucket.has_token(10, now));
}

TEST(PolicyTokenBucket, GetsATokenWithEachPartOfTheMinute) {
  drain(10);
  now += 6s - 1ns;
  CHECK(!bucket.has_token(10, now));
  now += 1ns;
  LONGS_EQUAL(1, drain(10));
  now += 30s;
  LONGS_EQUAL(5, drain(10));
}

TEST(PolicyTokenBucket, KeepsPartsOfTokens) {
  drain(10);
  int taken = 0;
  for (int second = 0; second < 600; ++second) {
    now += 1s;
    taken += drain(10);
  }
  LONGS_EQUAL(100, taken);
}

TEST(PolicyTokenBucket, IsFullAMinuteAfterTheLastOfAllTokens) {
  CHECK(bucket.is_full(now));
  drain(10);
  CHECK(!bucket.is_full(now));
  CHECK(!bucket.is_full(now + 1min - 1ns));
  CHECK(bucket.is_full(now + 1min));
}

TEST(PolicyTokenBucket, HoldsNoMoreAfterAVeryLongTime) {
  drain(10);
  now += 24h * 365 * 250;
  LONGS_EQUAL(10, drain(10));
  CHECK(!bucket.has_token(10, now));
}

TEST(PolicyTokenBucket, IsAlwaysFullWithoutALimit) {
  LONGS_EQUAL(100'000, drain(0));
  CHECK(bucket.is_full(now));
}

TEST(PolicyTokenBucket, BearsTheHighestRate) {
  const auto highest = std::numeric_limits<std::uint32_t>::max();
  LONGS_EQUAL(100'000, drain(highest));
  CHECK(bucket.is_full(now + 2ms));
}
