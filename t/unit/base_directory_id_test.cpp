// SPDX-License-Identifier: ISC
//
// t/unit/base_directory_id_test.cpp - which directory it is.

#include "base/directory_id.h"

#include <cerrno>
#include <filesystem>

#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using postern::DirectoryId;
using postern::identify_directory;
using postern::test::TemporaryDirectory;

TEST_GROUP(DirectoryId) {
  TemporaryDirectory root;

  DirectoryId make(const std::string& name) {
    std::filesystem::create_directory(root.path(name));
    return identify_directory(root.path(name)).value();
  }
};

TEST(DirectoryId, StaysWhateverTheDirectoryIsCalled) {
  const DirectoryId before = make("a");
  CHECK(before.inode != 0);
  std::filesystem::rename(root.path("a"), root.path("b"));
  CHECK(identify_directory(root.path("b")) == before);
  std::filesystem::create_directory_symlink(root.path("b"), root.path("c"));
  CHECK(identify_directory(root.path("c")) == before);
}

TEST(DirectoryId, IsAnotherForAnotherDirectory) {
  const DirectoryId a = make("a");
  const DirectoryId b = make("b");
  CHECK(a != b);
  CHECK(!a.is_same_file(b));
  LONGS_EQUAL(a.mount, b.mount);
}

TEST(DirectoryId, IsOfTheSameFileInAnotherMount) {
  DirectoryId again = make("a");
  const DirectoryId a = again;
  ++again.mount;
  CHECK(a != again);
  CHECK(a.is_same_file(again));
}

TEST(DirectoryId, IsNothingOfWhatIsNotThere) {
  LONGS_EQUAL(ENOENT, identify_directory(root.path("a")).error().sys_errno);
}
