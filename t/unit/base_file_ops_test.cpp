// SPDX-License-Identifier: ISC
//
// t/unit/base_file_ops_test.cpp - the steps of the spool on a real file system.

#include "base/file_ops.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::DirEntry;
using postern::FileOps;
using postern::open_file_ops;
using postern::UniqueFd;
using postern::test::TemporaryDirectory;

namespace fs = std::filesystem;

TEST_GROUP(BaseFileOps) {
  TemporaryDirectory root;
  std::unique_ptr<FileOps> files;

  void setup() override {
    auto opened = open_file_ops(root.path("."));
    CHECK(opened.has_value());
    files = std::move(*opened);
    CHECK(files->make_directory("tmp").has_value());
  }

  UniqueFd create(const std::string& path) {
    auto fd = files->create(path);
    CHECK(fd.has_value());
    return std::move(*fd);
  }

  std::string content(const std::string& path) {
    std::ifstream file(root.path(path));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // The permission bits of a file.
  unsigned mode(const std::string& path) {
    struct stat status {};
    LONGS_EQUAL(0, ::lstat(root.path(path).c_str(), &status));
    return status.st_mode & 07777;
  }

  template <typename T>
  void check_error(int sys_errno, const std::string& what, const postern::Result<T>& result) {
    CHECK_TEXT(!result, what.c_str());
    LONGS_EQUAL(sys_errno, result.error().sys_errno);
    STRCMP_EQUAL(what.c_str(), result.error().what.c_str());
  }
};

TEST(BaseFileOps, TheRootMustBeADirectory) {
  const std::string file = root.write("file", "");
  check_error(ENOENT, cat("open ", root.path("missing")), open_file_ops(root.path("missing")));
  check_error(ENOTDIR, cat("open ", file), open_file_ops(file));
}

TEST(BaseFileOps, WritesWhatIsAppended) {
  const UniqueFd fd = create("tmp/a");
  CHECK(files->append(fd.get(), "one").has_value());
  CHECK(files->append(fd.get(), "").has_value());
  CHECK(files->append(fd.get(), std::string(200000, 'x')).has_value());
  CHECK(files->sync_file(fd.get()).has_value());
  CHECK(content("tmp/a") == "one" + std::string(200000, 'x'));
}

TEST(BaseFileOps, AFileIsForItsOwnerOnlyAndNotInherited) {
  const mode_t old = ::umask(0);
  const UniqueFd fd = create("tmp/a");
  ::umask(old);
  LONGS_EQUAL(0600, mode("tmp/a"));
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(BaseFileOps, NeverCreatesOverAFileOrALink) {
  create("tmp/a");
  check_error(EEXIST, cat("create ", root.path("."), "/tmp/a"), files->create("tmp/a"));
  fs::create_symlink("elsewhere", root.path("tmp/link"));
  check_error(EEXIST, cat("create ", root.path("."), "/tmp/link"), files->create("tmp/link"));
  CHECK(!fs::exists(root.path("tmp/elsewhere")));
}

TEST(BaseFileOps, CreateNeedsItsDirectory) {
  check_error(ENOENT, cat("create ", root.path("."), "/new/a"), files->create("new/a"));
}

TEST(BaseFileOps, AppendTellsWhatFails) {
  check_error(EBADF, cat("write in ", root.path(".")), files->append(-1, "x"));
  const UniqueFd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  check_error(ENOSPC, cat("write in ", root.path(".")), files->append(full.get(), "x"));
}

TEST(BaseFileOps, WritesOverWhatIsThereAndReadsItBack) {
  CHECK(files->append(create("tmp/a").get(), "0123456789").has_value());
  const auto fd = files->open("tmp/a");
  CHECK(files->write_at(fd->get(), 3, "abc").has_value());
  CHECK(files->write_at(fd->get(), 9, std::string(100'000, 'x')).has_value());
  CHECK(files->read("tmp/a") == "012abc678" + std::string(100'000, 'x'));
}

TEST(BaseFileOps, OpensAndReadsOnlyWhatIsThere) {
  check_error(ENOENT, cat("open ", root.path("."), "/tmp/a"), files->open("tmp/a"));
  check_error(ENOENT, cat("open ", root.path("."), "/tmp/a"), files->read("tmp/a"));
  check_error(EBADF, cat("write in ", root.path(".")), files->write_at(-1, 0, "x"));
  create("tmp/b");
  fs::create_symlink("b", root.path("tmp/link"));
  check_error(ELOOP, cat("open ", root.path("."), "/tmp/link"), files->open("tmp/link"));
  check_error(ELOOP, cat("open ", root.path("."), "/tmp/link"), files->read("tmp/link"));
}

TEST(BaseFileOps, SyncTellsWhatFails) {
  check_error(EBADF, cat("fsync in ", root.path(".")), files->sync_file(-1));
  check_error(ENOENT, cat("open ", root.path("."), "/new"), files->sync_directory("new"));
  CHECK(files->sync_directory("tmp").has_value());
  CHECK(files->sync_all().has_value());
}

TEST(BaseFileOps, RenamesBetweenDirectories) {
  CHECK(files->make_directory("new").has_value());
  const UniqueFd fd = create("tmp/a");
  CHECK(files->append(fd.get(), "x").has_value());
  CHECK(files->rename("tmp/a", "new/b").has_value());
  CHECK(!fs::exists(root.path("tmp/a")));
  STRCMP_EQUAL("x", content("new/b").c_str());
  check_error(ENOENT, cat("rename ", root.path("."), "/tmp/a to new/b"),
              files->rename("tmp/a", "new/b"));
}

TEST(BaseFileOps, RemovesFiles) {
  create("tmp/a");
  CHECK(files->remove("tmp/a").has_value());
  CHECK(!fs::exists(root.path("tmp/a")));
  check_error(ENOENT, cat("remove ", root.path("."), "/tmp/a"), files->remove("tmp/a"));
}

TEST(BaseFileOps, MakesDirectoriesForTheirOwnerOnly) {
  CHECK(files->make_directory("new").has_value());
  LONGS_EQUAL(0700, mode("new"));
}

TEST(BaseFileOps, ADirectoryThatIsThereStaysAsItIs) {
  create("tmp/a");
  fs::permissions(root.path("tmp"), fs::perms(0750));
  CHECK(files->make_directory("tmp").has_value());
  LONGS_EQUAL(0750, mode("tmp"));
  CHECK(fs::exists(root.path("tmp/a")));
}

TEST(BaseFileOps, MakeDirectoryTellsWhatFails) {
  check_error(ENOENT, cat("make directory ", root.path("."), "/a/b"), files->make_directory("a/b"));
}

TEST(BaseFileOps, ListsRegularFilesOnly) {
  create("tmp/a");
  create("tmp/.b");
  CHECK(files->make_directory("tmp/directory").has_value());
  fs::create_symlink("a", root.path("tmp/link"));
  LONGS_EQUAL(0, ::mkfifo(root.path("tmp/fifo").c_str(), 0600));
  auto entries = files->list("tmp");
  CHECK(entries.has_value());
  std::sort(entries->begin(), entries->end(),
            [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  LONGS_EQUAL(2, entries->size());
  STRCMP_EQUAL(".b", entries->front().name.c_str());
  STRCMP_EQUAL("a", entries->back().name.c_str());
}

TEST(BaseFileOps, ListsTheTimeOfTheLastChange) {
  const UniqueFd fd = create("tmp/a");
  const timespec times[2] = {{1, 0}, {1'000'000'007, 999'999'999}};
  LONGS_EQUAL(0, ::futimens(fd.get(), times));
  const auto entries = files->list("tmp");
  CHECK(entries.has_value());
  LONGS_EQUAL(1'000'000'007, entries->front().modified_seconds);
}

TEST(BaseFileOps, ListTellsWhatFails) {
  check_error(ENOENT, cat("open ", root.path("."), "/new"), files->list("new"));
  create("tmp/a");
  check_error(ENOTDIR, cat("open ", root.path("."), "/tmp/a"), files->list("tmp/a"));
}

TEST(BaseFileOps, ListsAgainWhatHasChanged) {
  CHECK(files->list("tmp")->empty());
  create("tmp/a");
  LONGS_EQUAL(1, files->list("tmp")->size());
}

TEST(BaseFileOps, KnowsTheFreeSpace) {
  const auto free = files->free_space();
  CHECK(free.has_value());
  struct statvfs figures {};
  LONGS_EQUAL(0, ::statvfs(root.path(".").c_str(), &figures));
  CHECK(free->octets <= std::uint64_t{figures.f_blocks} * figures.f_frsize);
  CHECK(free->octets > 0);
  CHECK(free->inodes > 0);
}

// A daemon changes its directory, and a chroot takes the path away.
TEST(BaseFileOps, NeedsThePathOfItsRootOnce) {
  const TemporaryDirectory parent;
  CHECK(fs::create_directory(parent.path("spool")));
  const auto opened = open_file_ops(parent.path("spool"));
  CHECK(opened.has_value());
  fs::rename(parent.path("spool"), parent.path("moved"));
  CHECK((*opened)->make_directory("tmp").has_value());
  CHECK((*opened)->create("tmp/a").has_value());
  CHECK(fs::exists(parent.path("moved/tmp/a")));
}
