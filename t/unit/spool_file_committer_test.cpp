// SPDX-License-Identifier: ISC
//
// t/unit/spool_file_committer_test.cpp - groups, their steps and their completions.
//
// What each step's failure and each power failure leave is spool_file_committer_crash_test.cpp's.

#include "spool/file_committer.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "captured_log.h"
#include "model_files.h"
#include "spool/directories.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::FileOps;
using postern::Result;
using postern::spool::Committer;
using postern::spool::FileCommitter;
using postern::spool::MessageWriter;
using postern::spool::prepare_directories;
using postern::test::CapturedLog;
using postern::test::ModelFiles;

namespace {

using Steps = std::vector<std::string>;

Committer::Ticket submit(FileOps& files, Committer& committer, std::string id,
                         Committer::Completion completion) {
  auto writer = MessageWriter::create(files, {7, std::move(id), "host"});
  CHECK(writer.has_value());
  CHECK(writer->append("text\n").has_value());
  auto message = std::move(*writer).finish();
  CHECK(message.has_value());
  return committer.submit(std::move(*message), std::move(completion));
}

}  // namespace

TEST_GROUP(SpoolFileCommitter) {
  ModelFiles files;
  FileCommitter committer{files};
  int succeeded = 0;
  int failed = 0;

  void setup() override {
    CHECK(prepare_directories(files).has_value());
  }

  Committer::Ticket submit_counted(const std::string& id) {
    return submit(files, committer, id,
                  [this](const Result<void>& outcome) { ++(outcome ? succeeded : failed); });
  }

  void submit_counted(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) submit_counted(cat("m", i));
  }

  // What one flush does.
  Steps flushed() {
    const auto before = static_cast<std::ptrdiff_t>(files.steps().size());
    committer.flush();
    return {files.steps().begin() + before, files.steps().end()};
  }

  std::size_t next_step() const {
    return files.steps().size() + 1;
  }
};

TEST(SpoolFileCommitter, SyncsThenRenamesThenSyncsTheName) {
  submit_counted("a");
  const Steps expected{"sync_file tmp/7.a.host", "rename tmp/7.a.host new/7.a.host,S=5",
                       "sync_directory new"};
  CHECK(flushed() == expected);
  LONGS_EQUAL(1, succeeded);
}

TEST(SpoolFileCommitter, SyncsEachOfAFewFiles) {
  submit_counted(FileCommitter::few);
  const Steps steps = flushed();
  LONGS_EQUAL(2 * FileCommitter::few + 1, steps.size());
  STRCMP_EQUAL("sync_file tmp/7.m0.host", steps.front().c_str());
  STRCMP_EQUAL("sync_directory new", steps.back().c_str());
}

TEST(SpoolFileCommitter, SyncsMoreThanAFewAtOnce) {
  submit_counted(FileCommitter::few + 1);
  const Steps steps = flushed();
  LONGS_EQUAL(FileCommitter::few + 3, steps.size());
  STRCMP_EQUAL("sync_all", steps.front().c_str());
  LONGS_EQUAL(FileCommitter::few + 1, succeeded);
}

TEST(SpoolFileCommitter, SyncsEachFileIfSyncfsFails) {
  const CapturedLog log;
  submit_counted(FileCommitter::few + 1);
  files.fail_step(next_step(), ENOSYS);
  const Steps steps = flushed();
  LONGS_EQUAL(2 * (FileCommitter::few + 1) + 2, steps.size());
  LONGS_EQUAL(FileCommitter::few + 1, static_cast<std::size_t>(succeeded + failed));
  STRCMP_CONTAINS("alert spool_syncfs_failed error=", log.text().c_str());
}

// What syncfs has told once it does not tell again, and it may have been about a message that
// only now is complete.
TEST(SpoolFileCommitter, TrustsNoSyncfsAfterAFailure) {
  const CapturedLog log;
  submit_counted(FileCommitter::few + 1);
  files.fail_step(next_step(), EIO);
  flushed();
  submit_counted(FileCommitter::few + 1);
  const Steps steps = flushed();
  STRCMP_CONTAINS("sync_file tmp/", steps.front().c_str());
}

TEST(SpoolFileCommitter, DoesNothingWithoutMessages) {
  CHECK(flushed().empty());
}

TEST(SpoolFileCommitter, AnswersNobodyBeforeFlush) {
  submit_counted("a");
  LONGS_EQUAL(0, succeeded + failed);
  CHECK(files.names("new").empty());
}

TEST(SpoolFileCommitter, AnswersEachOnce) {
  submit_counted(6);
  committer.flush();
  committer.flush();
  LONGS_EQUAL(6, succeeded);
  LONGS_EQUAL(6, files.names("new").size());
}

TEST(SpoolFileCommitter, FailsOneMessageAlone) {
  submit_counted(3);
  files.fail_step(next_step() + 4, EIO);  // three syncs, then the second rename
  committer.flush();
  LONGS_EQUAL(2, succeeded);
  LONGS_EQUAL(1, failed);
  LONGS_EQUAL(2, files.names("new").size());
  CHECK(files.names("tmp").empty());
}

TEST(SpoolFileCommitter, DoesNotSyncNewIfNothingMoved) {
  submit_counted("a");
  files.fail_step(next_step(), EIO);
  const Steps expected{"sync_file tmp/7.a.host", "remove tmp/7.a.host"};
  CHECK(flushed() == expected);
  LONGS_EQUAL(1, failed);
}

TEST(SpoolFileCommitter, LetsACompletionSubmitForTheNextFlush) {
  submit(files, committer, "first", [this](const Result<void>&) { submit_counted("second"); });
  CHECK(committer.has_waiting());
  committer.flush();
  LONGS_EQUAL(0, succeeded);
  LONGS_EQUAL(1, files.names("new").size());
  CHECK(committer.has_waiting());
  committer.flush();
  CHECK(!committer.has_waiting());
  LONGS_EQUAL(1, succeeded);
  LONGS_EQUAL(2, files.names("new").size());
}

TEST(SpoolFileCommitter, NothingStaysOfWhatIsWithdrawn) {
  const Committer::Ticket first = submit_counted("a");
  const Committer::Ticket second = submit_counted("b");
  CHECK(committer.withdraw(first));
  CHECK(files.names("tmp") == Steps{"7.b.host"});
  committer.flush();
  LONGS_EQUAL(1, succeeded);
  CHECK(files.names("new") == Steps{"7.b.host,S=5"});
  CHECK(!committer.withdraw(first));
  CHECK(!committer.withdraw(second));
}

TEST(SpoolFileCommitter, RemovesWhatWaitsWhenItGoes) {
  {
    FileCommitter short_lived{files};
    submit(files, short_lived, "a", [](const Result<void>&) { FAIL("nothing was committed"); });
    LONGS_EQUAL(1, files.names("tmp").size());
  }
  CHECK(files.names("tmp").empty());
}

TEST(SpoolFileCommitter, TakesNamesOutOfNewAgainIfItCannotBeSynced) {
  const CapturedLog log;
  submit_counted("a");
  files.fail_step(next_step() + 2, EIO);
  const Steps expected{"sync_file tmp/7.a.host", "rename tmp/7.a.host new/7.a.host,S=5",
                       "sync_directory new", "remove new/7.a.host,S=5", "sync_directory new"};
  CHECK(flushed() == expected);
  LONGS_EQUAL(1, failed);
  STRCMP_EQUAL("", log.text().c_str());
}

TEST(SpoolFileCommitter, AlertsIfANameCannotBeTakenOutOfNew) {
  const CapturedLog log;
  submit_counted("a");
  files.fail_step(next_step() + 2, EIO);
  files.fail_step(next_step() + 3, EIO);
  committer.flush();
  LONGS_EQUAL(1, failed);
  STRCMP_CONTAINS("alert spool_undo_failed file=\"new/7.a.host,S=5\" error=", log.text().c_str());
}

TEST(SpoolFileCommitter, AlertsIfTheRemovalMayNotLast) {
  const CapturedLog log;
  submit_counted("a");
  files.fail_step(next_step() + 2, EIO);
  files.fail_step(next_step() + 4, EIO);
  committer.flush();
  LONGS_EQUAL(1, failed);
  STRCMP_CONTAINS("alert spool_undo_failed file=new error=", log.text().c_str());
}

namespace {

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "postern-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }

  std::filesystem::path path;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

// One group of each kind on a real file system, without the model between.
TEST(SpoolFileCommitter, WorksOnARealDirectory) {
  const TemporaryDirectory directory;
  const auto real = postern::open_file_ops(directory.path.string());
  CHECK(real.has_value());
  CHECK(prepare_directories(**real).has_value());
  FileCommitter real_committer{**real};
  for (const std::size_t count : {std::size_t{1}, FileCommitter::few + 1}) {
    for (std::size_t i = 0; i < count; ++i) {
      submit(**real, real_committer, cat("g", count, "m", i),
             [this](const Result<void>& outcome) { ++(outcome ? succeeded : failed); });
    }
    real_committer.flush();
  }
  LONGS_EQUAL(FileCommitter::few + 2, succeeded);
  CHECK(std::filesystem::is_empty(directory.path / "tmp"));
  const auto message = directory.path / "new" / "7.g1m0.host,S=5";
  STRCMP_EQUAL("text\n", read_file(message).c_str());
  struct stat status {};
  LONGS_EQUAL(0, ::stat(message.c_str(), &status));
  LONGS_EQUAL(0600, status.st_mode & 0777);
}
