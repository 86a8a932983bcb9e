// SPDX-License-Identifier: ISC
//
// t/unit/policy_tally_table_test.cpp - what is remembered of each address, in bounded memory.

#include "policy/tally_table.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <vector>

#include "admission_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::IpAddress;
using postern::policy::AddressHash;
using postern::policy::Tally;
using postern::policy::TallyTable;
using postern::policy::Time;
using postern::test::v4;
using postern::test::v6_network;

TEST_GROUP(PolicyTallyTable) {
  TallyTable table{1000, 42};
  Time now{24h};

  // One that has had a connection at this moment; nullptr if there was no room.
  Tally* add_visited(const IpAddress& address) {
    Tally* tally = table.add(address, now);
    if (tally != nullptr) tally->arrivals.take(1, now);
    return tally;
  }

  void fill() {
    for (std::uint32_t i = 0; i < 1000; ++i) CHECK(add_visited(v6_network(i)) != nullptr);
  }
};

TEST(PolicyTallyTable, FindsWhatWasAdded) {
  CHECK(table.find(v6_network(1)) == nullptr);
  Tally* added = add_visited(v6_network(1));
  POINTERS_EQUAL(added, table.find(v6_network(1)));
  CHECK(table.find(v6_network(2)) == nullptr);
  LONGS_EQUAL(1, table.size());
}

TEST(PolicyTallyTable, KeepsEachTallyWhereItIs) {
  std::vector<Tally*> tallies;
  for (std::uint32_t i = 0; i < 1000; ++i) tallies.push_back(add_visited(v4(i)));
  for (std::uint32_t i = 0; i < 1000; ++i) POINTERS_EQUAL(tallies[i], table.find(v4(i)));
}

TEST(PolicyTallyTable, HasNoRoomForMoreThanItMayHold) {
  fill();
  CHECK(table.add(v6_network(1000), now) == nullptr);
  LONGS_EQUAL(1000, table.size());
}

TEST(PolicyTallyTable, HasRoomAgainWhenTalliesAreIdle) {
  fill();
  now += 1min;
  CHECK(table.add(v6_network(1000), now) != nullptr);
  CHECK(table.size() < 1000);
}

TEST(PolicyTallyTable, FindsTheOneIdleTallySoon) {
  fill();
  now += 1min;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    if (i != 500) table.find(v6_network(i))->arrivals.take(1, now);
  }
  int attempts = 1;
  while (add_visited(v6_network(1000)) == nullptr) ++attempts;
  CHECK(attempts <= 250);
  CHECK(table.find(v6_network(500)) == nullptr);
  LONGS_EQUAL(1000, table.size());
}

TEST(PolicyTallyTable, DropsOnlyIdleTallies) {
  fill();
  table.find(v6_network(1))->connections = 1;
  table.find(v6_network(2))->messages.take(1, now + 1min);
  now += 1min;
  for (std::uint32_t i = 1000; i < 2000; ++i) CHECK(table.add(v6_network(i), now) != nullptr);
  CHECK(table.find(v6_network(0)) == nullptr);
  CHECK(table.find(v6_network(1)) != nullptr);
  CHECK(table.find(v6_network(2)) != nullptr);
}

// A tally lasts for a minute here, so that 60 are in use at any time.
TEST(PolicyTallyTable, StaysSmallThoughStrangersKeepComing) {
  std::size_t largest = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i, now += 1s) {
    CHECK(add_visited(v6_network(i)) != nullptr);
    largest = std::max(largest, table.size());
  }
  CHECK(largest < 120);
}

TEST(PolicyTallyTable, SpreadsNeighboursEvenly) {
  for (const auto& address_of : {v4, v6_network}) {
    const AddressHash hash{42};
    std::vector<int> cells(4096);
    for (std::uint32_t i = 0; i < 4096; ++i) ++cells[hash(address_of(i * 256)) % cells.size()];
    CHECK(*std::max_element(cells.begin(), cells.end()) < 12);
  }
}

TEST(PolicyTallyTable, SpreadsDifferentlyWithAnotherSeed) {
  // Those that share one of 256 cells under one seed do not under the next.
  std::vector<IpAddress> together;
  for (std::uint32_t i = 0; together.size() < 256; ++i) {
    if (AddressHash{1}(v6_network(i)) % 256 == 0) together.push_back(v6_network(i));
  }
  std::set<std::size_t> cells;
  for (const IpAddress& address : together) cells.insert(AddressHash{2}(address) % 256);
  CHECK(cells.size() > 128);
}
