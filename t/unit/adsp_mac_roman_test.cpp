// SPDX-License-Identifier: ISC
//
// t/unit/adsp_mac_roman_test.cpp - the characters of names on an AppleTalk network.

#include "adsp/mac_roman.h"

#include <set>
#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern::adsp;

TEST_GROUP(AdspMacRoman){};

TEST(AdspMacRoman, IsWrittenInUtf8) {
  STRCMP_EQUAL("Büro \xe2\x80\x93 Zürich", mac_roman_to_utf8("B\x9fro \xd0 Z\x9frich").c_str());
  STRCMP_EQUAL("\xe2\x89\x88", mac_roman_to_utf8("\xc5").c_str());
  STRCMP_EQUAL("plain", mac_roman_to_utf8("plain").c_str());
}

TEST(AdspMacRoman, ComesBackFromUtf8) {
  std::set<std::string> seen;
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text(1, static_cast<char>(octet));
    const std::string utf8 = mac_roman_to_utf8(text);
    CHECK(utf8_to_mac_roman(utf8) == text);
    CHECK(seen.insert(utf8).second);
  }
}

TEST(AdspMacRoman, HasNoOtherCharacters) {
  CHECK(!utf8_to_mac_roman("\xd0\x9f"));          // a Cyrillic letter
  CHECK(!utf8_to_mac_roman("\xf0\x9f\x93\xab"));  // a mailbox
  CHECK(!utf8_to_mac_roman("\xc3"));
  CHECK(!utf8_to_mac_roman("\x9f"));
}

TEST(AdspMacRoman, FoldsLettersWithAndWithoutAccents) {
  CHECK(mac_roman_iequals("B\x9fro", "b\x86RO"));
  CHECK(mac_roman_iequals("\xbe\xbf\xcf\xd8", "\xae\xaf\xce\xd9"));
  CHECK(!mac_roman_iequals("\x8a", "\x81"));
  CHECK(!mac_roman_iequals("a", "ab"));
  CHECK(!mac_roman_iequals("[", "{"));
  CHECK(!mac_roman_iequals("\xa7", "\xa4"));  // sharp s has no capital
}

// An upper case is nobody's lower case, and no two letters share one.
TEST(AdspMacRoman, FoldsInPairs) {
  std::set<char> capitals;
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const char upper = mac_roman_upper(c);
    CHECK(mac_roman_upper(upper) == upper);
    if (upper != c) CHECK(capitals.insert(upper).second);
  }
  LONGS_EQUAL(26 + 25 + 4, static_cast<long>(capitals.size()));
}
