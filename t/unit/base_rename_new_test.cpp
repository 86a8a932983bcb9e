// SPDX-License-Identifier: ISC
//
// t/unit/base_rename_new_test.cpp - a rename that replaces nothing.

#include "base/rename_new.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/unique_fd.h"
#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::test::TemporaryDirectory;

namespace fs = std::filesystem;

namespace {

using Rename = int (*)(int, const char*, const char*);

}  // namespace

TEST_GROUP(BaseRenameNew) {
  const TemporaryDirectory root;
  UniqueFd directory;

  void setup() override {
    fs::create_directory(root.path("tmp"));
    fs::create_directory(root.path("new"));
    directory = UniqueFd{::open(root.path(".").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  }

  std::string content(const std::string& path) const {
    std::string text;
    std::getline(std::ifstream{root.path(path)}, text);
    return text;
  }
};

TEST(BaseRenameNew, MovesWhatHasRoom) {
  for (const Rename rename : {rename_new, look_and_rename}) {
    root.write("tmp/a", "text");
    LONGS_EQUAL(0, rename(directory.get(), "tmp/a", "new/a"));
    STRCMP_EQUAL("text", content("new/a").c_str());
    CHECK(!fs::exists(root.path("tmp/a")));
    fs::remove(root.path("new/a"));
  }
}

TEST(BaseRenameNew, ReplacesNothing) {
  root.write("tmp/a", "text");
  root.write("new/file", "other");
  fs::create_symlink("nowhere", root.path("new/link"));
  for (const Rename rename : {rename_new, look_and_rename}) {
    LONGS_EQUAL(EEXIST, rename(directory.get(), "tmp/a", "new/file"));
    LONGS_EQUAL(EEXIST, rename(directory.get(), "tmp/a", "new/link"));
    LONGS_EQUAL(ENOENT, rename(directory.get(), "tmp/a", "there-is-none/a"));
  }
  STRCMP_EQUAL("other", content("new/file").c_str());
  STRCMP_EQUAL("text", content("tmp/a").c_str());
}
