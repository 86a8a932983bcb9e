// SPDX-License-Identifier: ISC
//
// t/unit/base_log_face_test.cpp - what a record looks like as key=value and as JSON.

#include "base/log_face.h"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern::log;
using postern::cat;
using namespace std::string_view_literals;

namespace {

Record record_of(std::string_view event, std::initializer_list<Field> fields) {
  const std::chrono::system_clock::time_point time{std::chrono::milliseconds{1795593850123}};
  return {Level::info, event, {fields.begin(), fields.size()}, time, 77};
}

std::string text(std::string_view event, std::initializer_list<Field> fields) {
  return keyvalue_text(record_of(event, fields));
}

std::string json(std::string_view event, std::initializer_list<Field> fields) {
  const auto lines = json_face().lines(record_of(event, fields));
  LONGS_EQUAL(1, lines.size());
  return lines.front().text;
}

// What stands behind the fields that every object has.
std::string json_value(std::string_view value) {
  const std::string object = json("e", {{"a", value}});
  const std::size_t begin = object.find("\"a\":") + 4;
  return object.substr(begin, object.size() - 1 - begin);
}

}  // namespace

TEST_GROUP(BaseLogFace){void setup() override{::setenv("TZ", "UTC-1", 1);
::tzset();
}
void teardown() override {
  ::unsetenv("TZ");
  ::tzset();
}
}
;

TEST(BaseLogFace, AnEventMayStandAlone) {
  STRCMP_EQUAL("started", text("started", {}).c_str());
}

TEST(BaseLogFace, FieldsAreKeyAndValue) {
  STRCMP_EQUAL("session_begin session=1gk3 peer=192.0.2.5 port=40000 size=-1",
               text("session_begin",
                    {{"session", "1gk3"}, {"peer", "192.0.2.5"}, {"port", 40000}, {"size", -1}})
                   .c_str());
}

TEST(BaseLogFace, WhatCouldMisleadAReaderIsQuoted) {
  STRCMP_EQUAL("e a=\"\"", text("e", {{"a", ""}}).c_str());
  STRCMP_EQUAL("e a=\"x y\"", text("e", {{"a", "x y"}}).c_str());
  STRCMP_EQUAL("e a=\"b=c\"", text("e", {{"a", "b=c"}}).c_str());
  STRCMP_EQUAL("e a=\"\\x22\"", text("e", {{"a", "\""}}).c_str());
  STRCMP_EQUAL("e a=\"\\x5c\"", text("e", {{"a", "\\"}}).c_str());
}

TEST(BaseLogFace, APeerCannotWriteALineOfItsOwn) {
  const std::string line = text("login", {{"login", "eve\nlogin peer=192.0.2.1\r\t\x1b\xc3\xa9"}});
  STRCMP_EQUAL("login login=\"eve\\x0alogin peer=192.0.2.1\\x0d\\x09\\x1b\\xc3\\xa9\"",
               line.c_str());
}

TEST(BaseLogFace, LongValuesAreCut) {
  STRCMP_EQUAL(("e a=" + std::string(512, 'x')).c_str(),
               text("e", {{"a", std::string(512, 'x')}}).c_str());
  STRCMP_EQUAL(("e a=" + std::string(512, 'x') + "...").c_str(),
               text("e", {{"a", std::string(513, 'x')}}).c_str());
}

TEST(BaseLogFace, InAFileKeyValueHasTimeProcessAndLevelInFront) {
  STRCMP_EQUAL("2026-11-25T09:04:10.123+01:00 posternd[77] info ",
               keyvalue_face().heading(record_of("e", {}), "posternd").c_str());
}

TEST(BaseLogFace, JsonIsOneObjectWithAll) {
  STRCMP_EQUAL(
      "{\"time\":\"2026-11-25T09:04:10.123+01:00\",\"level\":\"info\",\"process\":77,"
      "\"event\":\"session_begin\",\"peer\":\"192.0.2.5\",\"port\":40000,\"size\":-1}",
      json("session_begin", {{"peer", "192.0.2.5"}, {"port", 40000}, {"size", -1}}).c_str());
  STRCMP_EQUAL("", json_face().heading(record_of("e", {}), "posternd").c_str());
}

// Digits that a peer has sent are a string all the same.
TEST(BaseLogFace, JsonNumbersAreThoseThatWeHaveCounted) {
  STRCMP_EQUAL("\"1000\"", json_value("1000").c_str());
  STRCMP_CONTAINS("\"a\":18446744073709551615}", json("e", {{"a", ~0ULL}}).c_str());
}

TEST(BaseLogFace, JsonEscapesWhatItMust) {
  STRCMP_EQUAL("\"\"", json_value("").c_str());
  STRCMP_EQUAL("\"a \\\"b\\\\ /\"", json_value("a \"b\\ /").c_str());
  STRCMP_EQUAL("\"\\u0000\\n\\r\\t\\u001b\\u007f\"", json_value("\0\n\r\t\x1b\x7f"sv).c_str());
}

TEST(BaseLogFace, JsonKeepsUtf8ButForControlsAndLineEnds) {
  STRCMP_EQUAL("\"p\xc3\xa9t\xe2\x82\xac\xf0\x9f\x93\xa7\"",
               json_value("p\xc3\xa9t\xe2\x82\xac\xf0\x9f\x93\xa7").c_str());
  STRCMP_EQUAL("\"\\u0085\\u009b\\u2028\\u2029\"",
               json_value("\xc2\x85\xc2\x9b\xe2\x80\xa8\xe2\x80\xa9").c_str());
}

TEST(BaseLogFace, JsonHasACharacterForEachOctetThatIsNoUtf8) {
  const std::string r = "\xef\xbf\xbd";
  STRCMP_EQUAL(cat("\"", r, "\"").c_str(), json_value("\xff").c_str());
  STRCMP_EQUAL(cat("\"a", r, "b\"").c_str(), json_value("a\xc3"
                                                        "b")
                                                 .c_str());
  STRCMP_EQUAL(cat("\"", r, r, r, "\"").c_str(), json_value("\xed\xa0\x80").c_str());  // surrogate
  STRCMP_EQUAL(cat("\"", r, r, "\"").c_str(), json_value("\xe2\x82").c_str());         // cut off
}

TEST(BaseLogFace, LongJsonValuesAreCutBetweenCharacters) {
  const std::string e = "\xc3\xa9";
  const std::string x(511, 'x');
  STRCMP_EQUAL(cat("\"", x, "y\"").c_str(), json_value(x + "y").c_str());
  STRCMP_EQUAL(cat("\"", x, "...\"").c_str(), json_value(x + e).c_str());
  STRCMP_EQUAL(cat("\"", x, "y...\"").c_str(), json_value(x + "yz").c_str());
}
