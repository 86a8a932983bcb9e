// SPDX-License-Identifier: ISC
//
// t/unit/server_trace_list_test.cpp - clients whose dialogue is logged for a while.

#include "server/trace_list.h"

#include <chrono>
#include <memory>
#include <string>

#include <CppUTest/TestHarness.h>

using postern::IpAddress;
using postern::server::TraceList;
using std::chrono::seconds;

TEST_GROUP(TraceList) {
  std::unique_ptr<TraceList::Memory> memory = std::make_unique<TraceList::Memory>();
  TraceList list{*memory};
  TraceList::Clock::time_point now{seconds{1000}};

  static IpAddress ip(const std::string& text) {
    return *IpAddress::parse(text);
  }

  static IpAddress number(std::size_t n) {
    return ip("192.0.2." + std::to_string(n));
  }

  void fill(seconds time) {
    for (std::size_t n = 1; n <= TraceList::max_entries; ++n) CHECK(list.add(number(n), now, time));
  }
};

// Not even "::", which is all zero as the memory is.
TEST(TraceList, IsEmptyAtFirst) {
  CHECK(!list.contains(ip("192.0.2.1"), now));
  CHECK(!list.contains(ip("::"), now));
}

TEST(TraceList, HoldsTheAddressesAdded) {
  CHECK(list.add(ip("192.0.2.1"), now, seconds{10}));
  CHECK(list.add(ip("2001:db8::1"), now, seconds{10}));
  CHECK(list.contains(ip("192.0.2.1"), now));
  CHECK(list.contains(ip("2001:db8::1"), now));
  CHECK(!list.contains(ip("192.0.2.2"), now));
  CHECK(!list.contains(ip("2001:db8::2"), now));
  CHECK(!list.contains(ip("::"), now));
}

TEST(TraceList, ForgetsWhatIsOver) {
  CHECK(list.add(number(1), now, seconds{10}));
  CHECK(list.add(number(2), now, seconds{20}));
  now += seconds{10};
  CHECK(!list.contains(number(1), now));
  CHECK(list.contains(number(2), now));
  now += seconds{10};
  CHECK(!list.contains(number(2), now));
}

TEST(TraceList, TakesNoMoreThanItHolds) {
  fill(seconds{10});
  CHECK(!list.add(number(100), now, seconds{10}));
  CHECK(!list.contains(number(100), now));
  for (std::size_t n = 1; n <= TraceList::max_entries; ++n) CHECK(list.contains(number(n), now));
}

TEST(TraceList, TakesAPlaceWhoseTimeIsOver) {
  fill(seconds{10});
  now += seconds{10};
  CHECK(list.add(number(100), now, seconds{10}));
  CHECK(list.contains(number(100), now));
  CHECK(!list.contains(number(1), now));
}

TEST(TraceList, TheSameAddressAgainTakesNoOtherPlace) {
  fill(seconds{10});
  now += seconds{5};
  CHECK(list.add(number(3), now, seconds{10}));
  now += seconds{5};
  CHECK(list.contains(number(3), now));
  CHECK(!list.contains(number(2), now));
  now += seconds{5};
  CHECK(!list.contains(number(3), now));
}

TEST(TraceList, NoTimeEndsATrace) {
  fill(seconds{10});
  CHECK(list.add(number(3), now, seconds{0}));
  CHECK(!list.contains(number(3), now));
  CHECK(list.contains(number(2), now));
  CHECK(list.add(number(100), now, seconds{10}));
}

// One and the same client may be seen either way.
TEST(TraceList, AMappedAddressIsTheSame) {
  CHECK(list.add(ip("::ffff:192.0.2.1"), now, seconds{10}));
  CHECK(list.contains(ip("192.0.2.1"), now));
}

TEST(TraceList, IsTheSameForAllWhoShareTheMemory) {
  CHECK(list.add(number(1), now, seconds{10}));
  CHECK(TraceList{*memory}.contains(number(1), now));
}
