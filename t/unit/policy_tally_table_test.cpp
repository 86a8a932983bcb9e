// SPDX-License-Identifier: ISC
//
// t/unit/policy_tally_table_test.cpp - what is remembered of each address, in bounded memory.

#include "policy/tally_table.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "admission_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::IpAddress;
using postern::policy::AddressHash;
using postern::policy::TallyTable;
using postern::policy::Time;
using postern::test::v4;
using postern::test::v6_network;

using Index = TallyTable::Index;

TEST_GROUP(PolicyTallyTable) {
  std::unique_ptr<TallyTable> table = std::make_unique<TallyTable>();
  AddressHash hash{42};
  Time now{24h};

  std::optional<Index> find(const IpAddress& address) {
    return table->find(address, hash);
  }

  // One that has had a connection at this moment; nothing if there was no room.
  std::optional<Index> add_visited(const IpAddress& address) {
    const auto added = table->add(address, hash, now);
    if (added) (*table)[*added].arrivals.take(1, now);
    return added;
  }

  // Returns the networks that are in it.
  std::vector<IpAddress> fill() {
    std::vector<IpAddress> known;
    for (std::uint32_t i = 0; known.size() < TallyTable::capacity; ++i) {
      if (add_visited(v6_network(i))) known.push_back(v6_network(i));
    }
    return known;
  }
};

TEST(PolicyTallyTable, FindsWhatWasAdded) {
  CHECK(!find(v6_network(1)));
  const auto added = add_visited(v6_network(1));
  CHECK(added == find(v6_network(1)));
  CHECK(!find(v6_network(2)));
  LONGS_EQUAL(1, table->count_busy(now));
}

TEST(PolicyTallyTable, KeepsEachTallyWhereItIs) {
  std::vector<std::optional<Index>> tallies;
  for (std::uint32_t i = 0; i < 1000; ++i) tallies.push_back(add_visited(v4(i)));
  for (std::uint32_t i = 0; i < 1000; ++i) CHECK(tallies[i] == find(v4(i)));
}

TEST(PolicyTallyTable, GivesEachAddressATallyOfItsOwn) {
  std::set<Index> tallies;
  for (std::uint32_t i = 0; i < 1000; ++i) tallies.insert(*add_visited(v4(i)));
  LONGS_EQUAL(1000, tallies.size());
}

TEST(PolicyTallyTable, HasNoRoomForMoreThanItMayHold) {
  fill();
  for (std::uint32_t i = 0; i < 1000; ++i) CHECK(!add_visited(v4(i)));
  LONGS_EQUAL(TallyTable::capacity, table->count_busy(now));
}

// An address has a choice of two buckets, and takes the one with more room.
TEST(PolicyTallyTable, HasRoomForNearlyAllUntilItIsNearlyFull) {
  std::uint32_t refused = 0;
  for (std::uint32_t i = 0; i < TallyTable::capacity * 80 / 100; ++i) {
    refused += add_visited(v6_network(i)) ? 0U : 1U;
  }
  CHECK(refused < TallyTable::capacity / 1000);
  for (std::uint32_t i = 0; i < TallyTable::capacity * 10 / 100; ++i) {
    refused += add_visited(v4(i)) ? 0U : 1U;
  }
  CHECK(refused < TallyTable::capacity / 50);
}

TEST(PolicyTallyTable, HasRoomAgainWhenTalliesAreIdle) {
  fill();
  now += 1min;
  CHECK(table->add(v4(1), hash, now).has_value());
  LONGS_EQUAL(0, table->count_busy(now));
}

TEST(PolicyTallyTable, FindsTheOneIdleTallyOfABucket) {
  const std::vector<IpAddress> known = fill();
  now += 1min;
  for (const IpAddress& address : known) {
    if (address != known[500]) (*table)[*find(address)].arrivals.take(1, now);
  }
  // It is in one of 4096 buckets, of which an address has two.
  int attempts = 1;
  while (!add_visited(v4(static_cast<std::uint32_t>(attempts)))) ++attempts;
  CHECK(attempts < 4096 * 4);
  CHECK(!find(known[500]));
  CHECK(find(v4(static_cast<std::uint32_t>(attempts))).has_value());
  LONGS_EQUAL(TallyTable::capacity, table->count_busy(now));
}

TEST(PolicyTallyTable, DropsOnlyIdleTallies) {
  const std::vector<IpAddress> known = fill();
  (*table)[*find(known[1])].connections = 1;
  (*table)[*find(known[2])].messages.take(1, now + 1min);
  now += 1min;
  std::uint32_t added = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i) added += add_visited(v4(i)) ? 1U : 0U;
  LONGS_EQUAL(TallyTable::capacity - 2, added);
  CHECK(!find(known[0]));
  CHECK(find(known[1]).has_value());
  CHECK(find(known[2]).has_value());
}

// A tally lasts for a minute here, so that 60 are in use at any time.
TEST(PolicyTallyTable, HasRoomThoughStrangersKeepComing) {
  for (std::uint32_t i = 0; i < 100'000; ++i, now += 1s)
    CHECK(add_visited(v6_network(i)).has_value());
  LONGS_EQUAL(59, table->count_busy(now));
}

TEST(PolicyTallyTable, HasATallyForEveryNumber) {
  (*table)[TallyTable::capacity + 7].connections = 1;
  LONGS_EQUAL(1, (*table)[7].connections);
  LONGS_EQUAL(0, (*table)[0xffffffff].connections);
}

TEST(PolicyTallyTable, SpreadsNeighboursEvenly) {
  for (const auto& address_of : {v4, v6_network}) {
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
  std::set<std::uint64_t> cells;
  for (const IpAddress& address : together) cells.insert(AddressHash{2}(address) % 256);
  CHECK(cells.size() > 128);
}
