// SPDX-License-Identifier: ISC
//
// t/unit/spool_directories_test.cpp - the three directories of the spool.

#include "spool/directories.h"

#include <cerrno>
#include <string>
#include <vector>

#include "model_files.h"

#include <CppUTest/TestHarness.h>

using postern::spool::prepare_directories;
using postern::test::ModelFiles;

TEST_GROUP(SpoolDirectories) {
  const std::vector<std::string> all{"cur", "new", "tmp"};

  // Whether all three are there after a power failure, with each of many seeds.
  template <typename Prepare>
  bool always_survive(Prepare prepare) {
    for (unsigned seed = 1; seed <= 50; ++seed) {
      ModelFiles files{seed};
      prepare(files);
      files.restart();
      if (files.names(".") != all) return false;
    }
    return true;
  }
};

TEST(SpoolDirectories, AreMade) {
  ModelFiles files;
  CHECK(prepare_directories(files).has_value());
  CHECK(files.names(".") == all);
}

TEST(SpoolDirectories, MayBeThereAlready) {
  ModelFiles files;
  CHECK(prepare_directories(files).has_value());
  CHECK(prepare_directories(files).has_value());
  CHECK(files.names(".") == all);
}

TEST(SpoolDirectories, SurviveAPowerFailure) {
  CHECK(always_survive([](ModelFiles& files) { CHECK(prepare_directories(files).has_value()); }));
}

// The test above can fail: this is what it would see.
TEST(SpoolDirectories, WouldNotAllSurviveUnsynced) {
  CHECK(!always_survive([](ModelFiles& files) {
    for (const char* name : {"tmp", "new", "cur"}) CHECK(files.make_directory(name).has_value());
  }));
}

TEST(SpoolDirectories, ReportTheStepThatFailed) {
  for (std::size_t step = 1; step <= 4; ++step) {
    ModelFiles files;
    files.fail_step(step, ENOSPC);
    const auto prepared = prepare_directories(files);
    CHECK(!prepared);
    LONGS_EQUAL(ENOSPC, prepared.error().sys_errno);
    LONGS_EQUAL(step, files.steps().size());
  }
}
