// SPDX-License-Identifier: ISC
//
// t/unit/policy_name_cache_test.cpp - names of addresses, for as long as they hold.

#include "policy/name_cache.h"

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using policy::NameCache;
using std::chrono::seconds;

TEST_GROUP(PolicyNameCache) {
  NameCache cache{3};
  NameCache::Clock::time_point now{seconds{1000}};

  IpAddress address(int last) {
    return *IpAddress::parse(cat("192.0.2.", last));
  }
  void add(int last, const char* name, seconds time_to_live = seconds{60}) {
    cache.add(address(last), name, time_to_live, now);
  }
  std::string found(int last) {
    return cache.find(address(last), now).value_or("unknown");
  }
};

TEST(PolicyNameCache, ANameHoldsForItsTimeAndNoLonger) {
  STRCMP_EQUAL("unknown", found(1).c_str());
  add(1, "a.example");
  now += seconds{59};
  STRCMP_EQUAL("a.example", found(1).c_str());
  now += seconds{1};
  STRCMP_EQUAL("unknown", found(1).c_str());
  LONGS_EQUAL(0, cache.size());
}

TEST(PolicyNameCache, ThatThereIsNoneIsKnownToo) {
  add(1, "");
  STRCMP_EQUAL("", found(1).c_str());
}

TEST(PolicyNameCache, WhatHasNoTimeIsNotKept) {
  for (const long time : {0L, -1L}) {
    add(1, "a.example", seconds{time});
    STRCMP_EQUAL("unknown", found(1).c_str());
    LONGS_EQUAL(0, cache.size());
  }
  add(2, "b.example");
  add(2, "c.example", seconds{0});
  STRCMP_EQUAL("unknown", found(2).c_str());
}

TEST(PolicyNameCache, NothingIsKeptForMoreThanADay) {
  add(1, "a.example", seconds{0x7fffffff});
  now += NameCache::longest - seconds{1};
  STRCMP_EQUAL("a.example", found(1).c_str());
  now += seconds{1};
  STRCMP_EQUAL("unknown", found(1).c_str());
}

TEST(PolicyNameCache, ANewNameTakesThePlaceOfTheOld) {
  add(1, "a.example");
  now += seconds{50};
  add(1, "b.example");
  now += seconds{50};
  STRCMP_EQUAL("b.example", found(1).c_str());
  LONGS_EQUAL(1, cache.size());
}

TEST(PolicyNameCache, WhatWasNotUsedForLongestMakesRoom) {
  add(1, "a.example");
  add(2, "b.example");
  add(3, "c.example");
  STRCMP_EQUAL("a.example", found(1).c_str());  // used
  add(4, "d.example");
  LONGS_EQUAL(3, cache.size());
  STRCMP_EQUAL("unknown", found(2).c_str());
  STRCMP_EQUAL("a.example", found(1).c_str());
  STRCMP_EQUAL("c.example", found(3).c_str());
  STRCMP_EQUAL("d.example", found(4).c_str());
}

TEST(PolicyNameCache, ItNeverGrowsBeyondItsSize) {
  for (int i = 0; i < 1000; ++i) add(i % 200, "x.example", seconds{1 + i % 7});
  LONGS_EQUAL(3, cache.size());
  NameCache none{0};
  none.add(address(1), "a.example", seconds{60}, now);
  LONGS_EQUAL(0, none.size());
}
