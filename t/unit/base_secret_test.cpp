// SPDX-License-Identifier: ISC
//
// t/unit/base_secret_test.cpp - what is wiped is not in memory any more.

#include "base/secret.h"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern;

TEST_GROUP(Wipe){};

TEST(Wipe, LeavesNothingWithinTheString) {
  std::string secret = "a password of some length, not kept inside the string object";
  const char* octets = secret.data();
  const std::size_t capacity = secret.capacity();
  secret.resize(7);
  wipe(secret);
  CHECK(secret.empty());
  POINTERS_EQUAL(octets, secret.data());
  CHECK(std::string(octets, capacity) == std::string(capacity, '\0'));
}
