// SPDX-License-Identifier: ISC
//
// t/unit/base_address_set_test.cpp - sets of addresses, as `clients` names them.

#include "base/address_set.h"

#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::AddressSet;
using postern::Errc;
using postern::IpAddress;

TEST_GROUP(BaseAddressSet) {
  AddressSet set;

  void add(std::initializer_list<const char*> items) {
    for (const char* item : items) CHECK_TEXT(set.add(item).has_value(), item);
  }
  bool has(std::string_view address) {
    return set.contains(*IpAddress::parse(address));
  }
  void check_fault(const char* expected, std::string_view item) {
    const auto added = set.add(item);
    CHECK_TEXT(!added, std::string(item).c_str());
    CHECK(added.error().code == Errc::syntax);
    STRCMP_EQUAL(expected, added.error().message().c_str());
    CHECK(set.empty());
  }
};

TEST(BaseAddressSet, IsEmptyAtFirst) {
  CHECK(set.empty());
  CHECK(!has("192.0.2.1"));
  CHECK(!has("::"));
}

TEST(BaseAddressSet, HoldsSingleAddresses) {
  add({"192.0.2.7", "2001:db8::7"});
  CHECK(!set.empty());
  CHECK(has("192.0.2.7"));
  CHECK(!has("192.0.2.6"));
  CHECK(!has("192.0.2.8"));
  CHECK(has("2001:db8::7"));
  CHECK(!has("2001:db8::8"));
}

TEST(BaseAddressSet, HoldsRangesWithBothEnds) {
  add({"192.0.2.250 - 192.0.3.5"});
  CHECK(!has("192.0.2.249"));
  CHECK(has("192.0.2.250"));
  CHECK(has("192.0.3.0"));
  CHECK(has("192.0.3.5"));
  CHECK(!has("192.0.3.6"));
}

TEST(BaseAddressSet, HoldsPrefixes) {
  add({"192.0.2.0/25", "2001:db8::/33"});
  CHECK(has("192.0.2.0"));
  CHECK(has("192.0.2.127"));
  CHECK(!has("192.0.2.128"));
  CHECK(!has("192.0.1.255"));
  CHECK(has("2001:db8:7fff:ffff::1"));
  CHECK(!has("2001:db8:8000::"));
}

TEST(BaseAddressSet, APrefixMayBeEverythingOfAFamily) {
  add({"0.0.0.0/0"});
  CHECK(has("0.0.0.0"));
  CHECK(has("255.255.255.255"));
  CHECK(!has("2001:db8::1"));
  CHECK(!has("::"));
}

TEST(BaseAddressSet, FindsIpv4ClientsOfADualStackSocket) {
  add({"192.0.2.0/24"});
  CHECK(has("::ffff:192.0.2.1"));
}

TEST(BaseAddressSet, RangesMayOverlapInAnyOrder) {
  add({"192.0.2.10-192.0.2.20", "192.0.2.40-192.0.2.50", "192.0.2.15-192.0.2.45",
       "192.0.2.12-192.0.2.13", "192.0.2.1", "192.0.2.60"});
  for (const char* address :
       {"192.0.2.1", "192.0.2.10", "192.0.2.12", "192.0.2.30", "192.0.2.50", "192.0.2.60"}) {
    CHECK_TEXT(has(address), address);
  }
  for (const char* address :
       {"192.0.2.0", "192.0.2.2", "192.0.2.9", "192.0.2.51", "192.0.2.59", "192.0.2.61"}) {
    CHECK_TEXT(!has(address), address);
  }
}

TEST(BaseAddressSet, AWiderRangeTakesInTheOnesInside) {
  add({"10.0.0.1", "10.0.0.9", "10.0.0.0/8"});
  CHECK(has("10.255.255.255"));
  CHECK(has("10.0.0.5"));
  CHECK(!has("11.0.0.0"));
}

// Whatever the order, and however they overlap, it is the set that one gets item by item.
TEST(BaseAddressSet, ManyAtOnceAreTheSameAsOneByOne) {
  std::minstd_rand random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<AddressSet::Range> ranges;
    AddressSet one_by_one;
    for (int i = 0; i < 12; ++i) {
      const auto first = random() % 100;
      const std::string item = postern::cat("192.0.2.", first, "-192.0.2.", first + random() % 9);
      ranges.push_back(*AddressSet::parse(item));
      CHECK(one_by_one.add(item).has_value());
    }
    const AddressSet at_once(ranges);
    LONGS_EQUAL(one_by_one.size(), at_once.size());
    for (int last = 0; last < 120; ++last) {
      const auto address = *IpAddress::parse(postern::cat("192.0.2.", last));
      CHECK_EQUAL(one_by_one.contains(address), at_once.contains(address));
    }
  }
}

TEST(BaseAddressSet, AHundredThousandAreMadeInNoTime) {
  std::vector<AddressSet::Range> ranges;
  for (unsigned i = 0; i < 100'000; ++i) {  // each the first of two, in no order
    const unsigned n = i * 7919 % 100'000;
    const std::string item =
        postern::cat("10.", n >> 15, ".", (n >> 7) & 0xff, ".", (n & 0x7f) << 1);
    ranges.push_back(*AddressSet::parse(item));
  }
  const AddressSet many(std::move(ranges));
  LONGS_EQUAL(100'000, many.size());
  CHECK(many.contains(*IpAddress::parse("10.0.0.0")));
  CHECK(!many.contains(*IpAddress::parse("10.0.0.1")));
  CHECK(many.contains(*IpAddress::parse("10.3.13.62")));
  CHECK(!many.contains(*IpAddress::parse("10.3.13.63")));
  CHECK(!many.contains(*IpAddress::parse("10.3.13.64")));
}

TEST(BaseAddressSet, SaysWhatIsNoAddress) {
  check_fault("\"example.org\" is not an address", "example.org");
  check_fault("\"\" is not an address", "");
  check_fault("\"192.0.2\" is not an address", "192.0.2/24");
  check_fault("\"\" is not an address", "192.0.2.1-");
  check_fault("\"a\\x1b\" is not an address", "a\x1b");
}

TEST(BaseAddressSet, SaysWhatIsWrongWithAPrefix) {
  check_fault("\"192.0.2.0/33\": a prefix length is 0 to 32", "192.0.2.0/33");
  check_fault("\"192.0.2.0/\": a prefix length is 0 to 32", "192.0.2.0/");
  check_fault("\"192.0.2.0/-1\": a prefix length is 0 to 32", "192.0.2.0/-1");
  check_fault("\"2001:db8::/129\": a prefix length is 0 to 128", "2001:db8::/129");
  check_fault("\"192.0.2.1/24\" has bits behind its prefix; write 192.0.2.0/24", "192.0.2.1/24");
}

TEST(BaseAddressSet, SaysWhatIsWrongWithARange) {
  check_fault("\"192.0.2.9-192.0.2.8\" runs backwards", "192.0.2.9-192.0.2.8");
  check_fault("\"192.0.2.9-2001:db8::1\" mixes IPv4 and IPv6", "192.0.2.9-2001:db8::1");
}
