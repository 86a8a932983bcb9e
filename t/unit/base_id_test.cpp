// SPDX-License-Identifier: ISC
//
// t/unit/base_id_test.cpp - names that no two sessions share.

#include "base/id.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::IdGenerator;

namespace {

using Time = std::chrono::system_clock::time_point;

Time at_microsecond(long long number) {
  return Time{std::chrono::microseconds{number}};
}

}  // namespace

TEST_GROUP(BaseId) {
  IdGenerator ids{1234};
};

TEST(BaseId, HasSixteenLettersAndDigits) {
  const std::string id = ids.next(at_microsecond(1'795'000'000'000'000));
  LONGS_EQUAL(16, id.size());
  CHECK(std::all_of(id.begin(), id.end(),
                    [](char c) { return postern::is_digit(c) || (c >= 'a' && c <= 'z'); }));
}

TEST(BaseId, IsTheTimeAndTheProcess) {
  STRCMP_EQUAL("000000000100016j", ids.next(at_microsecond(32)).c_str());
}

TEST(BaseId, LaterNamesSortBehindEarlierOnes) {
  const std::string first = ids.next(at_microsecond(1'795'000'000'000'031));
  const std::string second = ids.next(at_microsecond(1'795'000'000'000'032));
  const std::string third = ids.next(at_microsecond(1'895'000'000'000'000));
  CHECK(first < second);
  CHECK(second < third);
}

TEST(BaseId, NeverTheSameTwiceInOneMicrosecond) {
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.next(at_microsecond(1'795'000'000'000'000));
    CHECK(seen.insert(id).second);
    CHECK(last < id);
    last = id;
  }
}

TEST(BaseId, NeverTheSameTwiceWhenTheClockIsSetBack) {
  const std::string before = ids.next(at_microsecond(1'795'000'000'000'000));
  const std::string after = ids.next(at_microsecond(1'794'000'000'000'000));
  CHECK(before < after);
}

TEST(BaseId, ProcessesHaveNamesOfTheirOwn) {
  IdGenerator others{1235};
  const Time now = at_microsecond(1'795'000'000'000'000);
  CHECK(ids.next(now) != others.next(now));
}
