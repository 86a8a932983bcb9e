// SPDX-License-Identifier: ISC
//
// t/unit/base_crc32c_test.cpp - the checksum that tells a torn record from a whole one.

#include "base/crc32c.h"

#include <cstddef>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using postern::crc32c;

TEST_GROUP(Crc32c){};

// RFC 3720 B.4, and the check value of the catalogues.
TEST(Crc32c, IsTheOneOfTheRfc) {
  std::string ascending(32, '\0');
  for (std::size_t i = 0; i < ascending.size(); ++i) ascending[i] = static_cast<char>(i);
  LONGS_EQUAL(0x8a9136aa, crc32c(std::string(32, '\0')));
  LONGS_EQUAL(0x62a8ab43, crc32c(std::string(32, '\xff')));
  LONGS_EQUAL(0x46dd794e, crc32c(ascending));
  LONGS_EQUAL(0xe3069283, crc32c("123456789"));
  LONGS_EQUAL(0, crc32c(""));
}

TEST(Crc32c, IsTheSameAtEverySplit) {
  const std::string_view text = "a record of the journal, in two pieces";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    LONGS_EQUAL(crc32c(text), crc32c(text.substr(i), crc32c(text.substr(0, i))));
  }
}
