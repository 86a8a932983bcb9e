// SPDX-License-Identifier: ISC
//
// t/unit/base_json_test.cpp - strings in JSON (RFC 8259).

#include "base/json.h"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using postern::json_string;

TEST_GROUP(Json){};

TEST(Json, PutsTextInQuotes) {
  STRCMP_EQUAL(R"("")", json_string("").c_str());
  STRCMP_EQUAL(R"("plain text")", json_string("plain text").c_str());
  STRCMP_EQUAL(R"("a/b")", json_string("a/b").c_str());
}

// RFC 8259 7.
TEST(Json, EscapesWhatMustBe) {
  STRCMP_EQUAL(R"("\"\\")", json_string(R"("\)").c_str());
  STRCMP_EQUAL(R"("\n\r\t")", json_string("\n\r\t").c_str());
  STRCMP_EQUAL(R"("\u0001\u001f\u007f")", json_string("\x01\x1f\x7f").c_str());
  STRCMP_EQUAL(R"("a\u0000b")", json_string(std::string_view("a\0b", 3)).c_str());
}

TEST(Json, IsAlwaysOneLine) {
  for (int octet = 0; octet < 256; ++octet) {
    const std::string text = json_string(std::string(1, static_cast<char>(octet)));
    CHECK(text.find('\n') == std::string::npos && text.find('\r') == std::string::npos);
    CHECK(text.size() >= 3 && text.front() == '"' && text.back() == '"');
  }
}

TEST(Json, LeavesUtf8AsItIs) {
  STRCMP_EQUAL("\"\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xa7\"",
               json_string("\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xa7").c_str());
}

// RFC 8259 8.1: what is exchanged is UTF-8.
TEST(Json, ReplacesWhatIsNoUtf8) {
  STRCMP_EQUAL("\"\xef\xbf\xbd\"", json_string("\xff").c_str());
  STRCMP_EQUAL("\"a\xef\xbf\xbd\"", json_string("a\xc3").c_str());
  STRCMP_EQUAL("\"\xef\xbf\xbd(\"", json_string("\xc3(").c_str());
  STRCMP_EQUAL("\"\xef\xbf\xbd\xef\xbf\xbd\"", json_string("\xc0\xaf").c_str());  // overlong
  STRCMP_EQUAL("\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
               json_string("\xed\xa0\x80").c_str());  // half of a surrogate pair
}
