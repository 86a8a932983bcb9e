// SPDX-License-Identifier: ISC
//
// t/unit/mail_timestamp_test.cpp - dates and times of RFC 3339.

#include "mail/timestamp.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace postern::mail;

namespace {

void check_parsed(std::int64_t expected, std::string_view text) {
  const auto seconds = parse_timestamp(text);
  CHECK_TEXT(seconds.has_value(), std::string(text).c_str());
  LONGS_EQUAL(expected, *seconds);
}

void check_refused(std::string_view text) {
  CHECK_TEXT(!parse_timestamp(text), std::string(text).c_str());
}

void check_printed(const char* expected, std::int64_t seconds) {
  STRCMP_EQUAL(expected, format_timestamp(seconds).c_str());
  LONGS_EQUAL(seconds, *parse_timestamp(expected));
}

}  // namespace

TEST_GROUP(MailTimestamp){};

TEST(MailTimestamp, CountsSecondsSince1970) {
  check_printed("1970-01-01T00:00:00Z", 0);
  check_printed("2000-02-29T23:59:59Z", 951868799);
  check_printed("2026-12-02T08:00:00Z", 1796198400);
  check_printed("2038-01-19T03:14:08Z", 2147483648);
  check_printed("9999-12-31T23:59:59Z", 253402300799);
}

TEST(MailTimestamp, LettersInEitherCase) {
  check_parsed(1796198400, "2026-12-02t08:00:00z");
}

TEST(MailTimestamp, OffsetsFromUtc) {
  check_parsed(1796198400, "2026-12-02T09:00:00+01:00");
  check_parsed(1796198400, "2026-12-02T04:30:00-03:30");
  check_parsed(1796198400, "2026-12-03T07:59:00+23:59");
  check_parsed(1796198400, "2026-12-02T08:00:00-00:00");
  check_parsed(1796198400, "2026-12-02T08:00:00+00:00");
}

TEST(MailTimestamp, FractionsAreCutOff) {
  check_parsed(1796198400, "2026-12-02T08:00:00.0Z");
  check_parsed(1796198400, "2026-12-02T08:00:00.999999999Z");
  check_parsed(1796198400, "2026-12-02T09:00:00.5+01:00");
  for (const char* text : {"2026-12-02T08:00:00.Z", "2026-12-02T08:00:00.0123456789Z",
                           "2026-12-02T08:00:00,5Z", "2026-12-02T08:00.5Z"}) {
    check_refused(text);
  }
}

// RFC 3339 5.7.
TEST(MailTimestamp, ALeapSecondIsTheMidnightBehindIt) {
  check_parsed(1483228800, "2016-12-31T23:59:60Z");
  check_parsed(1483228800, "2016-12-31T15:59:60.5-08:00");
  check_refused("2016-12-31T23:58:60Z");
  check_refused("2016-12-31T23:59:60-08:00");
  check_refused("2016-12-31T23:59:61Z");
  check_refused("9999-12-31T23:59:60Z");
}

TEST(MailTimestamp, KnowsTheCalendar) {
  check_parsed(1709164800, "2024-02-29T00:00:00Z");
  for (const char* text : {"2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
                           "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z",
                           "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+00:60"}) {
    check_refused(text);
  }
}

TEST(MailTimestamp, LiesBetween1970And9999) {
  check_parsed(0, "1970-01-01T01:00:00+01:00");
  for (const char* text :
       {"1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "1969-12-31T23:00:00-02:00", "10000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"}) {
    check_refused(text);
  }
}

TEST(MailTimestamp, Malformed) {
  constexpr std::string_view whole = "2026-12-02T09:00:00.25+01:00";
  for (std::size_t size = 0; size < whole.size(); ++size) check_refused(whole.substr(0, size));
  for (const char* text :
       {"2026-12-02 08:00:00Z", "2026-12-02T08:00:00", "2026-12-02", " 2026-12-02T08:00:00Z",
        "2026-12-02T08:00:00Z ", "2026-12-02T08:00:00ZZ", "2026-12-02T08:00:00+0100",
        "2026-12-02T08:00:00+1:00", "2026-12-2T08:00:00Z", "26-12-02T08:00:00Z",
        "+026-12-02T08:00:00Z", "2026-+1-02T08:00:00Z", "2026-12-02T-1:00:00Z",
        "2026-12-02T08:00:00UTC", "20261202T080000Z", "2026-W49-3T08:00:00Z"}) {
    check_refused(text);
  }
}

TEST(MailTimestamp, PrintsTheNearestOfItsYears) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  STRCMP_EQUAL("1970-01-01T00:00:00Z", format_timestamp(-1).c_str());
  STRCMP_EQUAL("1970-01-01T00:00:00Z", format_timestamp(least).c_str());
  STRCMP_EQUAL("9999-12-31T23:59:59Z", format_timestamp(253402300800).c_str());
  STRCMP_EQUAL("9999-12-31T23:59:59Z", format_timestamp(most).c_str());
}
