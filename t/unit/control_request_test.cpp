// SPDX-License-Identifier: ISC
//
// t/unit/control_request_test.cpp - what posternctl asks for.

#include "control/request.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::Errc;
using postern::control::parse_request;
using postern::control::Request;
using postern::control::Verb;

TEST_GROUP(ControlRequest){
    static Request parsed(std::string_view line){const auto request = parse_request(line);
CHECK_TRUE_TEXT(request.has_value(), std::string(line).c_str());
return *request;
}

static std::string error_of(std::string_view line) {
  const auto request = parse_request(line);
  CHECK_FALSE_TEXT(request.has_value(), std::string(line).c_str());
  CHECK(request.error().code == Errc::syntax);
  return request.error().message();
}
}
;

TEST(ControlRequest, KnowsEveryVerb) {
  CHECK(parsed("status").verb == Verb::status);
  CHECK(parsed("sessions").verb == Verb::sessions);
  CHECK(parsed("reload").verb == Verb::reload);
  CHECK(parsed("drain").verb == Verb::drain);
  CHECK(parsed("trace 192.0.2.1").verb == Verb::trace);
  CHECK(parsed("spool list").verb == Verb::spool_list);
  CHECK(parsed("spool show 1-1").verb == Verb::spool_show);
  CHECK(parsed("spool release 1-1").verb == Verb::spool_release);
  CHECK(parsed("spool remove 1-1").verb == Verb::spool_remove);
}

TEST(ControlRequest, TakesTheArgument) {
  STRCMP_EQUAL("192.0.2.1", parsed("trace 192.0.2.1").argument.c_str());
  STRCMP_EQUAL("1k0z5-1", parsed("spool show 1k0z5-1").argument.c_str());
  STRCMP_EQUAL("", parsed("status").argument.c_str());
}

TEST(ControlRequest, TracesForFiveMinutesUnlessTold) {
  LONGS_EQUAL(300, parsed("trace 192.0.2.1").seconds);
  LONGS_EQUAL(0, parsed("trace 192.0.2.1 0").seconds);
  LONGS_EQUAL(86400, parsed("trace 192.0.2.1 86400").seconds);
  STRCMP_EQUAL("192.0.2.1", parsed("trace 192.0.2.1 60").argument.c_str());
}

TEST(ControlRequest, JsonMayStandAnywhereBehindTheFirstWord) {
  CHECK(!parsed("status").wants_json);
  for (const char* line :
       {"status --json", "spool --json list", "spool list --json", "trace --json 192.0.2.1 5",
        "trace 192.0.2.1 --json 5", "trace 192.0.2.1 5 --json", "status --json --json"}) {
    CHECK_TRUE_TEXT(parsed(line).wants_json, line);
  }
  LONGS_EQUAL(5, parsed("trace 192.0.2.1 --json 5").seconds);
}

TEST(ControlRequest, BlanksDoNotMatter) {
  const Request request = parsed(" \tspool \t show   1-1 --json\r");
  CHECK(request.verb == Verb::spool_show && request.wants_json);
  STRCMP_EQUAL("1-1", request.argument.c_str());
}

TEST(ControlRequest, SaysWhichVerbsThereAre) {
  for (const char* line : {"", " ", "--json", "stat", "STATUS", "spool", "spool lists", "list",
                           "spoollist", "spool --json", "\x01", "\xff"}) {
    const std::string error = error_of(line);
    for (const char* verb : {"status", "sessions", "trace", "reload", "drain", "spool", "list",
                             "show", "release", "remove"}) {
      CHECK_TRUE_TEXT(error.find(verb) != std::string::npos, error.c_str());
    }
  }
}

TEST(ControlRequest, SaysWhatIsMissing) {
  STRCMP_EQUAL("trace needs an IP address", error_of("trace").c_str());
  STRCMP_EQUAL("trace needs an IP address", error_of("trace --json").c_str());
  for (const char* verb : {"show", "release", "remove"}) {
    STRCMP_EQUAL(cat("spool ", verb, " needs the id of a message").c_str(),
                 error_of(cat("spool ", verb)).c_str());
  }
}

TEST(ControlRequest, SaysWhatIsTooMuch) {
  for (const char* verb : {"status", "sessions", "reload", "drain", "spool list"}) {
    STRCMP_EQUAL(cat("\"x\" is too much for ", verb).c_str(), error_of(cat(verb, " x")).c_str());
  }
  STRCMP_EQUAL("\"2-2\" is too much for spool remove", error_of("spool remove 1-1 2-2").c_str());
  STRCMP_EQUAL("\"x\" is too much for trace", error_of("trace 192.0.2.1 5 x").c_str());
}

TEST(ControlRequest, SaysWhichSecondsAreNone) {
  for (const char* seconds : {"x", "-1", "1.5", "5s", "86401", "4294967296", "0x10", "+5"}) {
    STRCMP_EQUAL(cat("\"", seconds, "\" is not a number of seconds up to 86400").c_str(),
                 error_of(cat("trace 192.0.2.1 ", seconds)).c_str());
  }
}

// An error goes back as one line, and to a terminal.
TEST(ControlRequest, ErrorsArePrintable) {
  for (const char* line : {"status \x1b[2J", "trace 192.0.2.1 \x01", "spool list \xff\n"}) {
    for (const char c : error_of(line)) CHECK(c >= ' ' && c < 0x7f);
  }
}
