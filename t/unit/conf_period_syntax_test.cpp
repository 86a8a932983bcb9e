// SPDX-License-Identifier: ISC
//
// t/unit/conf_period_syntax_test.cpp - days of the week and times of day.

#include "conf/period_syntax.h"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern::conf;

namespace {

// "SMTWTFS", a dot where the day is missing.
std::string picture(std::string_view text) {
  const auto days = parse_days(text);
  if (!days) return "none";
  std::string letters = "SMTWTFS";
  for (std::size_t day = 0; day < letters.size(); ++day) {
    if (!days->test(day)) letters[day] = '.';
  }
  return letters;
}

long minutes(std::string_view text) {
  const auto time = parse_time_of_day(text);
  return time ? static_cast<long>(time->count()) : -1;
}

}  // namespace

TEST_GROUP(ConfPeriodSyntax){};

TEST(ConfPeriodSyntax, DaysAreOneByOneOrRanges) {
  STRCMP_EQUAL(".M.....", picture("Mon").c_str());
  STRCMP_EQUAL(".MTWTF.", picture("Mon-Fri").c_str());
  STRCMP_EQUAL("SMTWTFS", picture("Mon-Sun").c_str());
  STRCMP_EQUAL("S.....S", picture("Sat, Sun").c_str());
  STRCMP_EQUAL(".M.WT.S", picture(" sat,MON ,Wed - Thu").c_str());
}

TEST(ConfPeriodSyntax, ARangeOfDaysGoesOnBehindSunday) {
  STRCMP_EQUAL("SM...FS", picture("Fri-Mon").c_str());
  STRCMP_EQUAL(".M.....", picture("Mon-Mon").c_str());
  STRCMP_EQUAL("SMTWTFS", picture("Tue-Mon").c_str());
}

TEST(ConfPeriodSyntax, WhatIsNoDayIsNone) {
  for (const char* text : {"", ",", "Mon,", "Mo", "Monday", "Mon-", "-Mon", "Mon-Tue-Wed",
                           "Mon Tue", "Mon;Tue", "1", "daily"}) {
    STRCMP_EQUAL_TEXT("none", picture(text).c_str(), text);
  }
}

TEST(ConfPeriodSyntax, TimesAreHoursAndMinutes) {
  LONGS_EQUAL(0, minutes("00:00"));
  LONGS_EQUAL(8 * 60, minutes("8:00"));
  LONGS_EQUAL(8 * 60 + 5, minutes("08:05"));
  LONGS_EQUAL(23 * 60 + 59, minutes("23:59"));
  LONGS_EQUAL(24 * 60, minutes("24:00"));
}

TEST(ConfPeriodSyntax, WhatIsNoTimeIsNone) {
  for (const char* text : {"", ":", "8", "8:", ":30", "8:0", "008:00", "08:000", "24:01", "25:00",
                           "12:60", "-1:00", "+8:00", "08.00", "8:00 ", " 8:00", "8:00pm"}) {
    LONGS_EQUAL_TEXT(-1, minutes(text), text);
  }
}
