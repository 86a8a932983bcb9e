// SPDX-License-Identifier: ISC
//
// t/unit/base_log_test.cpp - what a line of the log looks like, and where it goes.

#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "captured_log.h"
#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern::log;
using postern::test::CapturedLog;
using postern::test::TemporaryDirectory;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_GROUP(BaseLog) {
  TemporaryDirectory directory;

  void teardown() override {
    CHECK(open(Target{}, Level::info).has_value());  // as it is before any open
  }
};

TEST(BaseLog, AnEventMayStandAlone) {
  STRCMP_EQUAL("started", format("started", {}).c_str());
}

TEST(BaseLog, FieldsAreKeyAndValue) {
  STRCMP_EQUAL("session_begin session=1gk3 peer=192.0.2.5 port=40000 size=-1",
               format("session_begin",
                      {{"session", "1gk3"}, {"peer", "192.0.2.5"}, {"port", 40000}, {"size", -1}})
                   .c_str());
}

TEST(BaseLog, WhatCouldMisleadAReaderIsQuoted) {
  STRCMP_EQUAL("e a=\"\"", format("e", {{"a", ""}}).c_str());
  STRCMP_EQUAL("e a=\"x y\"", format("e", {{"a", "x y"}}).c_str());
  STRCMP_EQUAL("e a=\"b=c\"", format("e", {{"a", "b=c"}}).c_str());
  STRCMP_EQUAL("e a=\"\\x22\"", format("e", {{"a", "\""}}).c_str());
  STRCMP_EQUAL("e a=\"\\x5c\"", format("e", {{"a", "\\"}}).c_str());
}

TEST(BaseLog, APeerCannotWriteALineOfItsOwn) {
  const std::string line =
      format("login", {{"login", "eve\nlogin peer=192.0.2.1\r\t\x1b\xc3\xa9"}});
  STRCMP_EQUAL("login login=\"eve\\x0alogin peer=192.0.2.1\\x0d\\x09\\x1b\\xc3\\xa9\"",
               line.c_str());
}

TEST(BaseLog, LongValuesAreCut) {
  STRCMP_EQUAL(("e a=" + std::string(512, 'x')).c_str(),
               format("e", {{"a", std::string(512, 'x')}}).c_str());
  STRCMP_EQUAL(("e a=" + std::string(512, 'x') + "...").c_str(),
               format("e", {{"a", std::string(513, 'x')}}).c_str());
}

TEST(BaseLog, GoesToStandardErrorFromInfoUpAtFirst) {
  CHECK(is_logged(Level::info));
  CHECK(!is_logged(Level::debug));
  const CapturedLog log;
  write(Level::info, "event", {{"key", "value"}});
  write(Level::debug, "unseen", {});
  STRCMP_CONTAINS("posternd[", log.text().c_str());
  CHECK(log.text().ends_with("] info event key=value\n"));
  CHECK(log.text().find("unseen") == std::string::npos);
}

// "2026-11-23T21:37:00.123+00:00 posternd[77] info event".
TEST(BaseLog, ALineBeginsWithTheTime) {
  const CapturedLog log;
  write(Level::alert, "event", {});
  std::string shape = log.text().substr(0, 29);
  for (char& c : shape) c = c >= '0' && c <= '9' ? '0' : c == '-' ? '+' : c;
  STRCMP_EQUAL("0000+00+00T00:00:00.000+00:00", shape.c_str());
  STRCMP_CONTAINS("] alert event\n", log.text().c_str());
}

TEST(BaseLog, TheThresholdDecides) {
  const CapturedLog log;
  CHECK(open(Target{}, Level::warning).has_value());
  for (const Level level :
       {Level::debug, Level::info, Level::warning, Level::error, Level::alert}) {
    write(level, "event", {});
  }
  const std::string text = log.text();
  CHECK(text.find("debug") == std::string::npos);
  CHECK(text.find("info") == std::string::npos);
  STRCMP_CONTAINS("] warning event\n", text.c_str());
  STRCMP_CONTAINS("] error event\n", text.c_str());
  STRCMP_CONTAINS("] alert event\n", text.c_str());
}

TEST(BaseLog, AFileIsAppendedTo) {
  const std::string path = directory.write("log", "what was there\n");
  CHECK(open({Target::Kind::file, path}, Level::debug).has_value());
  write(Level::debug, "first", {});
  write(Level::info, "second", {});
  const std::string text = content_of(path);
  CHECK(text.starts_with("what was there\n"));
  STRCMP_CONTAINS("] debug first\n", text.c_str());
  CHECK(text.ends_with("] info second\n"));
}

TEST(BaseLog, AFileIsMadeAndNotForOthersToRead) {
  const std::string path = directory.path("new.log");
  CHECK(open({Target::Kind::file, path}, Level::info).has_value());
  struct stat status {};
  LONGS_EQUAL(0, ::stat(path.c_str(), &status));
  LONGS_EQUAL(0, status.st_mode & 07);
}

TEST(BaseLog, IfTheFileCannotBeOpenedTheOldTargetStays) {
  const CapturedLog log;
  const std::string path = directory.path("no/such/directory/log");
  const auto opened = open({Target::Kind::file, path}, Level::alert);
  CHECK(!opened);
  STRCMP_EQUAL(postern::cat("open log file ", path, ": No such file or directory").c_str(),
               opened.error().message().c_str());
  write(Level::info, "still here", {});
  STRCMP_CONTAINS("] info still here\n", log.text().c_str());
}
