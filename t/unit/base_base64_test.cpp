// SPDX-License-Identifier: ISC
//
// t/unit/base_base64_test.cpp - base64, strictly.

#include "base/base64.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::base64_decode;
using postern::base64_encode;

TEST_GROUP(BaseBase64){};

// RFC 4648 10.
TEST(BaseBase64, TheVectorsOfTheStandard) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [octets, text] : vectors) {
    STRCMP_EQUAL(text, base64_encode(octets).c_str());
    STRCMP_EQUAL(octets, base64_decode(text).value_or("?").c_str());
  }
}

TEST(BaseBase64, GivesEveryOctetBackAtEveryPlace) {
  std::string octets;
  for (int i = 0; i < 256; ++i) octets += static_cast<char>(i);
  for (std::size_t from = 0; from < 4; ++from) {
    const std::string part = octets.substr(from);
    CHECK(base64_decode(base64_encode(part)) == part);
  }
}

TEST(BaseBase64, TheAlphabetIsThatOfMime) {
  STRCMP_EQUAL("+/+/", base64_encode("\xfb\xff\xbf").c_str());
  CHECK(base64_decode("+/+/") == "\xfb\xff\xbf");
}

TEST(BaseBase64, PaddingIsNeverLeftOutAndNeverTooMuch) {
  for (const char* text : {"Zg", "Zg=", "Zm8", "Zg===", "Zm9v=", "Zm9v==", "=",
                           "==", "===", "====", "Z===", "A===", "Zm9vZ"}) {
    CHECK_TEXT(!base64_decode(text), text);
  }
}

TEST(BaseBase64, NothingStandsBehindPadding) {
  for (const char* text : {"Zg==Zg==", "Zm8=Zm9v", "=Zm9", "Z=g=", "Zg=v"}) {
    CHECK_TEXT(!base64_decode(text), text);
  }
}

// RFC 4648 3.5: else one text could be written in several ways.
TEST(BaseBase64, UnusedBitsAreZero) {
  for (const char* text : {"Zh==", "Zo==", "Zm9=", "Zm/=", "ZmB="}) {
    CHECK_TEXT(!base64_decode(text), text);
  }
}

TEST(BaseBase64, OtherCharactersAreRefused) {
  for (const char* text : {"Zm9 ", " Zm9", "Zm9v\r\nYg==", "Zm-v", "Zm_v", "Zm9\n", "Zm\xc3\xa9"}) {
    CHECK_TEXT(!base64_decode(text), text);
  }
  CHECK(!base64_decode(std::string_view("Zm9\0", 4)));
}
