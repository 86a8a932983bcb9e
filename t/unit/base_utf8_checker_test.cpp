// SPDX-License-Identifier: ISC
//
// t/unit/base_utf8_checker_test.cpp - whether octets are UTF-8, as they come.

#include "base/utf8_checker.h"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using postern::Utf8Checker;

namespace {

// How many octets are taken; a '+' behind them when the text may end there.
std::string taken_of(std::string_view text) {
  Utf8Checker checker;
  std::string taken;
  for (const char c : text) {
    if (!checker.take(c)) return taken + "!";
    taken += '.';
    if (checker.is_between_characters()) taken += '+';
  }
  return taken;
}

// What the table of RFC 3629 4 allows as the second octet behind this first one.
bool may_follow(unsigned first, unsigned second) {
  if (first < 0xc2 || first > 0xf4 || second < 0x80 || second > 0xbf) return false;
  if (first == 0xe0) return second >= 0xa0;
  if (first == 0xed) return second <= 0x9f;
  if (first == 0xf0) return second >= 0x90;
  return first != 0xf4 || second <= 0x8f;
}

}  // namespace

TEST_GROUP(BaseUtf8Checker){};

TEST(BaseUtf8Checker, KnowsWhereACharacterEnds) {
  STRCMP_EQUAL("", taken_of("").c_str());
  STRCMP_EQUAL(".+.+", taken_of("az").c_str());
  STRCMP_EQUAL("..+..+", taken_of("\xc3\xa9\xc2\x80").c_str());
  STRCMP_EQUAL("...+.+", taken_of("\xe2\x82\xacz").c_str());
  STRCMP_EQUAL("....+", taken_of("\xf4\x8f\xbf\xbf").c_str());
}

// RFC 3629 4.
TEST(BaseUtf8Checker, RefusesAtTheFirstOctetThatCannotBe) {
  STRCMP_EQUAL("!", taken_of("\x80").c_str());
  STRCMP_EQUAL("!", taken_of("\xc1\xbf").c_str());
  STRCMP_EQUAL("!", taken_of("\xf5\x80\x80\x80").c_str());
  STRCMP_EQUAL(".!", taken_of("\xc3z").c_str());
  STRCMP_EQUAL("..!", taken_of("\xe2\x82\xc3\xa9").c_str());
  STRCMP_EQUAL("..+!", taken_of("\xc3\xa9\xa9").c_str());
}

TEST(BaseUtf8Checker, KnowsAllPairsOfOctets) {
  for (unsigned first = 0x80; first < 0x100; ++first) {
    for (unsigned second = 0; second < 0x100; ++second) {
      Utf8Checker checker;
      const bool both =
          checker.take(static_cast<char>(first)) && checker.take(static_cast<char>(second));
      CHECK(both == may_follow(first, second));
    }
  }
}

TEST(BaseUtf8Checker, OnlyTheSecondOctetHasBoundsOfItsOwn) {
  for (const char* text :
       {"\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\xbf", "\xf4\x8f\xbf\x80"}) {
    STRCMP_CONTAINS("..+", taken_of(text).c_str());
  }
}
