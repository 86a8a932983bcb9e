// SPDX-License-Identifier: ISC
//
// t/unit/spool_recovery_test.cpp - what a start does about the files of the last run.

#include "spool/recovery.h"

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "model_files.h"

#include <CppUTest/TestHarness.h>

using postern::spool::recover;
using postern::test::ModelFiles;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_GROUP(SpoolRecovery) {
  ModelFiles files;
  const system_clock::time_point now{seconds{2'000'000'000}};
  const seconds stale_after{100};

  void setup() override {
    for (const char* name : {"tmp", "new", "cur"}) CHECK(files.make_directory(name).has_value());
  }

  void make_file(const std::string& path, std::int64_t age) {
    files.now_seconds = 2'000'000'000 - age;
    CHECK(files.create(path).has_value());
  }

  std::size_t next_step() const {
    return files.steps().size() + 1;
  }
};

TEST(SpoolRecovery, RemovesWhatIsStaleAndNothingYounger) {
  make_file("tmp/old", 101);
  make_file("tmp/ancient", 100'000);
  make_file("tmp/young", 100);
  make_file("tmp/from-the-future", -100);
  const auto recovery = recover(files, now, stale_after);
  CHECK(recovery.has_value());
  LONGS_EQUAL(2, recovery->removed);
  CHECK(files.names("tmp") == (Names{"from-the-future", "young"}));
}

TEST(SpoolRecovery, TouchesNothingInNewAndCur) {
  make_file("new/old", 100'000);
  make_file("cur/old", 100'000);
  CHECK(recover(files, now, stale_after).has_value());
  CHECK(files.names("new") == Names{"old"});
  CHECK(files.names("cur") == Names{"old"});
}

TEST(SpoolRecovery, ReportsThatTmpCannotBeRead) {
  files.fail_step(next_step(), EIO);
  const auto recovery = recover(files, now, stale_after);
  CHECK(!recovery);
  LONGS_EQUAL(EIO, recovery.error().sys_errno);
}

TEST(SpoolRecovery, GoesOnBehindAFileThatCannotBeRemoved) {
  for (const char* path : {"tmp/a", "tmp/b", "tmp/c"}) make_file(path, 1000);
  files.fail_step(next_step() + 2, EIO);
  const auto recovery = recover(files, now, stale_after);
  CHECK(!recovery);
  STRCMP_CONTAINS("remove tmp/b", recovery.error().message().c_str());
  CHECK(files.names("tmp") == Names{"b"});
}

// Several workers may start at once.
TEST(SpoolRecovery, DoesNotMindAnotherSweeper) {
  for (const char* path : {"tmp/a", "tmp/b"}) make_file(path, 1000);
  files.fail_step(next_step() + 1, ENOENT);
  const auto recovery = recover(files, now, stale_after);
  CHECK(recovery.has_value());
  LONGS_EQUAL(1, recovery->removed);
}
