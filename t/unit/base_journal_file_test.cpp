// SPDX-License-Identifier: ISC
//
// t/unit/base_journal_file_test.cpp - the files of the journal on a real file system.

#include "base/journal_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using postern::JournalDirectory;
using postern::JournalFile;
using postern::open_journal_directory;
using postern::test::TemporaryDirectory;

TEST_GROUP(BaseJournalFile) {
  static constexpr std::uint64_t size = 3'000'000;  // more than is filled at once
  TemporaryDirectory root;
  std::unique_ptr<JournalDirectory> directory;

  void setup() override {
    auto opened = open_journal_directory(root.path("."));
    CHECK(opened.has_value());
    directory = std::move(*opened);
  }

  std::unique_ptr<JournalFile> create(const std::string& name) {
    auto file = directory->create(name, size);
    CHECK(file.has_value());
    return std::move(*file);
  }
};

TEST(BaseJournalFile, IsMadeOfZerosAndForItsOwnerOnly) {
  const auto file = create("0");
  LONGS_EQUAL(size, file->size());
  CHECK(file->read(0, size + 1) == std::string(size, '\0'));
  struct stat status {};
  LONGS_EQUAL(0, ::stat(root.path("0").c_str(), &status));
  LONGS_EQUAL(0600, status.st_mode & 07777);
  // All of it has its place on the disk.
  CHECK(static_cast<std::uint64_t>(status.st_blocks) * 512 >= size);
}

TEST(BaseJournalFile, WritesManyPiecesOneBehindTheOther) {
  const auto file = create("0");
  std::vector<std::string> texts;
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    texts.emplace_back(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
    all += texts.back();
  }
  const std::vector<std::string_view> pieces{texts.begin(), texts.end()};
  CHECK(file->write(5000, pieces).has_value());
  CHECK(file->read(5000, all.size()) == all);
  CHECK(file->read(4999, 1) == std::string(1, '\0'));
  CHECK(file->sync().has_value());
  CHECK(file->write(0, {}).has_value());
}

TEST(BaseJournalFile, IsLockedAsLongAsSomebodyHasIt) {
  auto file = create("0");
  CHECK(directory->open("0").value() == nullptr);
  file.reset();
  const auto again = directory->open("0");
  CHECK(*again != nullptr);
  LONGS_EQUAL(size, (*again)->size());
  CHECK(directory->open("0").value() == nullptr);
}

TEST(BaseJournalFile, IsOpenedAgainWithoutTheLock) {
  auto file = create("0");
  const auto other = file->open_again();
  CHECK(other.has_value() && other->get() != file->fd());
  file.reset();
  CHECK(directory->open("0").value() != nullptr);
}

TEST(BaseJournalFile, OnceReadingHasStoppedNoDescriptorCan) {
  const auto file = create("0");
  file->stop_reading();
  LONGS_EQUAL(EBADF, file->read(0, 1).error().sys_errno);
  const auto other = file->open_again();
  for (const int fd : {file->fd(), other->get()}) {
    LONGS_EQUAL(O_WRONLY, ::fcntl(fd, F_GETFL) & O_ACCMODE);
  }
  const std::string_view text = "text";
  CHECK(file->write(5000, {&text, 1}).has_value());
  CHECK(file->sync().has_value());
  CHECK(directory->open("0").value() == nullptr);  // it is still locked
}

TEST(BaseJournalFile, IsNotOpenedAgainIfItIsAnotherNow) {
  const auto file = create("0");
  CHECK(directory->remove("0").has_value());
  LONGS_EQUAL(ENOENT, file->open_again().error().sys_errno);
  const auto other = create("0");
  CHECK(!file->open_again());
}

TEST(BaseJournalFile, NothingIsCreatedOrRenamedOverAnother) {
  create("0");
  create("1");
  LONGS_EQUAL(EEXIST, directory->create("0", size).error().sys_errno);
  LONGS_EQUAL(EEXIST, directory->rename("0", "1").error().sys_errno);
  CHECK(directory->rename("0", "0.damaged").has_value());
  auto names = *directory->list();
  std::sort(names.begin(), names.end());
  CHECK(names == (std::vector<std::string>{"0.damaged", "1"}));
  CHECK(directory->open("0").value() == nullptr);
}

TEST(BaseJournalFile, WhatCannotBeFilledLeavesNothing) {
  CHECK(!directory->create("0", std::uint64_t{1} << 62));
  CHECK(directory->list()->empty());
}
