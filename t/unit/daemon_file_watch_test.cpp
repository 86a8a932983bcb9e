// SPDX-License-Identifier: ISC
//
// t/unit/daemon_file_watch_test.cpp - whether files are still what they were.

#include "daemon/file_watch.h"

#include <filesystem>
#include <string>

#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using postern::daemon::FileWatch;
using postern::test::TemporaryDirectory;

TEST_GROUP(FileWatch) {
  TemporaryDirectory directory;
  std::string certificate = directory.write("cert.pem", "certificate");
  std::string key = directory.write("key.pem", "key");
  FileWatch watch{{certificate, key}};
};

TEST(FileWatch, SaysNothingAsLongAsNothingChanges) {
  for (int i = 0; i < 3; ++i) CHECK(!watch.has_changed());
}

TEST(FileWatch, OfNothingNeverChanges) {
  FileWatch nothing;
  for (int i = 0; i < 3; ++i) CHECK(!nothing.has_changed());
}

TEST(FileWatch, SeesAFileThatWasWrittenAnew) {
  directory.write("key.pem", "another key");
  CHECK(!watch.has_changed());
  CHECK(watch.has_changed());
  for (int i = 0; i < 3; ++i) CHECK(!watch.has_changed());
}

// A certificate of the same size, within the granularity of the clock or not.
TEST(FileWatch, SeesAFileThatTookThePlaceOfAnother) {
  directory.write("new.pem", "certificatE");
  std::filesystem::last_write_time(directory.path("new.pem"),
                                   std::filesystem::last_write_time(certificate));
  std::filesystem::rename(directory.path("new.pem"), certificate);
  CHECK(!watch.has_changed());
  CHECK(watch.has_changed());
  CHECK(!watch.has_changed());
}

TEST(FileWatch, SeesALinkThatPointsElsewhere) {
  const std::string link = directory.path("live.pem");
  std::filesystem::create_symlink(certificate, link);
  FileWatch watch_link{{link}};
  directory.write("renewed.pem", "renewed");
  std::filesystem::remove(link);
  std::filesystem::create_symlink(directory.path("renewed.pem"), link);
  CHECK(!watch_link.has_changed());
  CHECK(watch_link.has_changed());
}

// The certificate comes, then the key: one change, when both are there.
TEST(FileWatch, WaitsUntilTwoLooksHaveSeenTheSame) {
  directory.write("cert.pem", "renewed certificate");
  CHECK(!watch.has_changed());
  directory.write("key.pem", "renewed key");
  CHECK(!watch.has_changed());
  CHECK(watch.has_changed());
  CHECK(!watch.has_changed());
}

TEST(FileWatch, SeesAFileThatIsGoneAndOneThatIsBack) {
  std::filesystem::remove(key);
  CHECK(!watch.has_changed());
  CHECK(watch.has_changed());
  CHECK(!watch.has_changed());
  directory.write("key.pem", "key");
  CHECK(!watch.has_changed());
  CHECK(watch.has_changed());
}

// Away and back again between two looks that agree: as it was.
TEST(FileWatch, WhatIsAsItWasIsNoChange) {
  std::filesystem::rename(key, directory.path("away"));
  CHECK(!watch.has_changed());
  std::filesystem::rename(directory.path("away"), key);
  for (int i = 0; i < 3; ++i) CHECK(!watch.has_changed());
}
