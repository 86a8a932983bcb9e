// SPDX-License-Identifier: ISC
//
// t/unit/spool_space_test.cpp - whether there is room for more mail.

#include "spool/space.h"

#include <cerrno>
#include <string>

#include "model_files.h"

#include <CppUTest/TestHarness.h>

using postern::Errc;
using postern::spool::check_free_space;
using postern::test::ModelFiles;

TEST_GROUP(SpoolSpace) {
  ModelFiles files;

  void setup() override {
    files.free = {1000, 50};
  }
};

TEST(SpoolSpace, IsEnoughAtExactlyTheMinimum) {
  CHECK(check_free_space(files, 1000, 50).has_value());
}

TEST(SpoolSpace, SaysThatOctetsAreShort) {
  const auto checked = check_free_space(files, 1001, 50);
  CHECK(!checked);
  CHECK(checked.error().code == Errc::temporary);
  STRCMP_EQUAL("the spool's file system has 1000 octets free, and 1001 must stay free",
               checked.error().message().c_str());
}

TEST(SpoolSpace, SaysThatInodesAreShort) {
  const auto checked = check_free_space(files, 1000, 51);
  CHECK(!checked);
  CHECK(checked.error().code == Errc::temporary);
  STRCMP_EQUAL("the spool's file system has 50 inodes free, and 51 must stay free",
               checked.error().message().c_str());
}

TEST(SpoolSpace, PassesAnErrorOn) {
  files.fail_step(1, EIO);
  const auto checked = check_free_space(files, 0, 0);
  CHECK(!checked);
  LONGS_EQUAL(EIO, checked.error().sys_errno);
}
