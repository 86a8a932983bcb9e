// SPDX-License-Identifier: ISC
//
// t/unit/conf_units_test.cpp - sizes and times as people write them.

#include <cstdint>
#include <limits>
#include <string>

#include "conf/units.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;

namespace {

constexpr ByteCount largest = std::numeric_limits<ByteCount>::max();

void size_is(ByteCount octets, std::string_view text) {
  const auto size = parse_size(text);
  CHECK_TEXT(size.has_value(), std::string(text).c_str());
  UNSIGNED_LONGS_EQUAL_TEXT(octets, *size, std::string(text).c_str());
}

void time_is(long seconds, std::string_view text) {
  const auto time = parse_time(text);
  CHECK_TEXT(time.has_value(), std::string(text).c_str());
  LONGS_EQUAL_TEXT(seconds, time->count(), std::string(text).c_str());
}

}  // namespace

TEST_GROUP(ConfUnits){};

TEST(ConfUnits, SizesHaveUnitsOfPowersOf1024) {
  size_is(0, "0");
  size_is(1023, "1023");
  size_is(512, "512 B");
  size_is(102400, "100 KiB");
  size_is(52428800, "50 MiB");
  size_is(1073741824, "1 GiB");
  size_is(2199023255552, "2TiB");
}

TEST(ConfUnits, TimesHaveUnits) {
  time_is(0, "0 s");
  time_is(45, "45");
  time_is(30, "30 s");
  time_is(300, "5 min");
  time_is(7200, "2h");
  time_is(86400, "1 d");
}

TEST(ConfUnits, RefusesWhatIsNotOneNumberAndOneUnit) {
  for (const char* text :
       {"",     " ",    "B",   "MiB",         "-1",     "+1",     "1.5 MiB",  "1,5 MiB",
        "0x10", " 1",   "1 ",  "1  MiB",      "1\tMiB", "1 MiB ", "1 MB",     "1 mib",
        "1 M",  "1 KB", "1 k", "1 MiB 2 KiB", "one",    "1 s",    "\xc2\xb5", "1 MiB\n"}) {
    const auto size = parse_size(text);
    CHECK_FALSE_TEXT(size.has_value(), text);
    CHECK_TEXT(size.error().code == Errc::syntax, text);
  }
  for (const char* text : {"", "s", "1 m", "1 sec", "1 minute", "1 S", "1 D", "5 min 30 s", "1 KiB",
                           "-5 s", "5 s ", "1.5 h", "1w"}) {
    const auto time = parse_time(text);
    CHECK_FALSE_TEXT(time.has_value(), text);
    CHECK_TEXT(time.error().code == Errc::syntax, text);
  }
}

TEST(ConfUnits, RefusesANulInTheText) {
  CHECK_FALSE(parse_size(std::string_view("1\0", 2)).has_value());
  CHECK_FALSE(parse_size(std::string_view("1 B\0", 4)).has_value());
}

TEST(ConfUnits, RefusesWhatOverflows) {
  size_is(largest, "18446744073709551615");
  size_is(largest - ((ByteCount{1} << 40) - 1), "16777215 TiB");
  for (const char* text : {"18446744073709551616", "16777216 TiB", "18014398509481984 KiB",
                           "99999999999999999999999999999999 B"}) {
    const auto size = parse_size(text);
    CHECK_FALSE_TEXT(size.has_value(), text);
    CHECK_TEXT(size.error().code == Errc::limit, text);
  }
  time_is(2147483647, "2147483647 s");
  CHECK(parse_time("2147483648").error().code == Errc::limit);
  CHECK(parse_time("24856 d").error().code == Errc::limit);
  CHECK(parse_time("18446744073709551615 d").error().code == Errc::limit);
}

TEST(ConfUnits, TheErrorSaysWhatToWrite) {
  STRCMP_EQUAL(
      "\"50 MB\" is not a size; write a number and B, KiB, MiB, GiB or TiB, as in \"50 MiB\"",
      parse_size("50 MB").error().message().c_str());
  STRCMP_EQUAL("\"soon\" is not a time; write a number and s, min, h or d, as in \"5 min\"",
               parse_time("soon").error().message().c_str());
  STRCMP_EQUAL("\"99999999 TiB\" is too large",
               parse_size("99999999 TiB").error().message().c_str());
}

TEST(ConfUnits, PrintsTheLargestUnitWithoutAFraction) {
  STRCMP_EQUAL("0 B", print_size(0).c_str());
  STRCMP_EQUAL("1025 B", print_size(1025).c_str());
  STRCMP_EQUAL("1 KiB", print_size(1024).c_str());
  STRCMP_EQUAL("1536 MiB", print_size(1610612736).c_str());
  STRCMP_EQUAL("18446744073709551615 B", print_size(largest).c_str());
  STRCMP_EQUAL("0 s", print_time(Seconds{0}).c_str());
  STRCMP_EQUAL("90 s", print_time(Seconds{90}).c_str());
  STRCMP_EQUAL("5 min", print_time(Seconds{300}).c_str());
  STRCMP_EQUAL("25 h", print_time(Seconds{90000}).c_str());
  STRCMP_EQUAL("1 d", print_time(Seconds{86400}).c_str());
}

TEST(ConfUnits, WhatIsPrintedParsesToTheSameNumber) {
  for (ByteCount octets = 1; octets != 0; octets <<= 1) {
    for (const ByteCount near : {octets - 1, octets, octets + 1, octets * 3}) {
      size_is(near, print_size(near));
    }
  }
  for (long seconds = 0; seconds < 200000; seconds += 30) {
    time_is(seconds, print_time(Seconds{seconds}));
  }
}
