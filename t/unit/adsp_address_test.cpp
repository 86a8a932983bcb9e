// SPDX-License-Identifier: ISC
//
// t/unit/adsp_address_test.cpp - where something is on an AppleTalk network.

#include "adsp/address.h"

#include <CppUTest/TestHarness.h>

using namespace postern::adsp;

TEST_GROUP(AdspAddress){};

TEST(AdspAddress, IsWrittenAsNetNodeSocket) {
  STRCMP_EQUAL("appletalk:65280.15.254", (Address{65280, 15, 254}).to_string().c_str());
}

TEST(AdspAddress, IsReadAsItIsWritten) {
  for (const Address address : {Address{}, Address{1, 2, 3}, Address{65535, 255, 255}}) {
    CHECK(parse_address(address.to_string()) == address);
  }
}

TEST(AdspAddress, RefusesAnythingElse) {
  for (const char* text : {"", "1.2.3", "appletalk:", "appletalk:1.2", "appletalk:1.2.3.4",
                           "appletalk:1.2.", "appletalk:1.256.3", "appletalk:65536.2.3",
                           "appletalk:1.2.-3", "appletalk:1..3", "appletalk: 1.2.3"}) {
    CHECK(!parse_address(text));
  }
}

TEST(AdspAddress, TakesNetworkZeroForAny) {
  CHECK(matches({0, 2, 3}, {7, 2, 3}));
  CHECK(matches({7, 2, 3}, {0, 2, 3}));
  CHECK(matches({7, 2, 3}, {7, 2, 3}));
  CHECK(!matches({7, 2, 3}, {8, 2, 3}));
  CHECK(!matches({0, 2, 3}, {0, 1, 3}));
  CHECK(!matches({0, 2, 3}, {0, 2, 4}));
}
