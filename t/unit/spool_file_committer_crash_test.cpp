// SPDX-License-Identifier: ISC
//
// t/unit/spool_file_committer_crash_test.cpp - what a message is worth when the disk fails or
// the power goes, at every step.
//
// The promises are those of postern-spool(5).  A search runs one trial per step, or pair of
// steps, and seed, and returns the first broken promise in words, or nothing.  The last tests
// commit carelessly on purpose: there each search must find something, or it is worth nothing.

#include <cerrno>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "captured_log.h"
#include "model_files.h"
#include "spool/directories.h"
#include "spool/file_committer.h"
#include "spool/recovery.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::FileOps;
using postern::Result;
using postern::spool::Committer;
using postern::spool::FileCommitter;
using postern::spool::MessageWriter;
using postern::spool::prepare_directories;
using postern::spool::WrittenMessage;
using postern::test::CapturedLog;
using postern::test::ModelFiles;

namespace {

using MakeCommitter = std::function<std::unique_ptr<Committer>(FileOps&)>;

constexpr std::size_t few = FileCommitter::few;

std::unique_ptr<Committer> careful(FileOps& files) {
  return std::make_unique<FileCommitter>(files);
}

// A commit with one precaution left out.
enum class Omission { content_sync, lone_content_sync_after_syncfs, name_sync, undo, undo_sync };

class CarelessCommitter final : public Committer {
 public:
  CarelessCommitter(FileOps& files, Omission omission) : files_(files), omission_(omission) {}

  Ticket submit(WrittenMessage message, Completion completion) override {
    group_.push_back({std::move(message), std::move(completion), {}});
    return 0;
  }
  bool withdraw(Ticket) override { return false; }

  void flush() override {
    sync_content();
    for (Waiting& waiting : group_) {
      if (!waiting.outcome) continue;
      waiting.outcome = files_.rename(waiting.message.tmp_path(), waiting.message.new_path());
      if (waiting.outcome) waiting.message.release();
    }
    if (omission_ != Omission::name_sync && !files_.sync_directory("new")) undo();
    for (Waiting& waiting : group_) waiting.completion(waiting.outcome);
    group_.clear();
  }

  std::size_t most_in_memory() const override { return 0; }
  bool has_waiting() const override { return !group_.empty(); }
  std::optional<TimePoint> next_deadline() const override { return std::nullopt; }
  void on_timer() override {}
  void shut_down() override {}
  bool is_shut_down() const override { return group_.empty(); }

 private:
  struct Waiting {
    WrittenMessage message;
    Completion completion;
    Result<void> outcome;
  };

  void sync_content() {
    if (omission_ == Omission::content_sync) return;
    if (group_.size() > few && files_.sync_all()) return;
    if (omission_ == Omission::lone_content_sync_after_syncfs && files_.sync_all()) return;
    for (Waiting& waiting : group_) waiting.outcome = files_.sync_file(waiting.message.fd());
  }

  void undo() {
    for (Waiting& waiting : group_) {
      if (waiting.outcome && omission_ != Omission::undo) {
        (void)files_.remove(waiting.message.new_path());
      }
      waiting.outcome = postern::fail_errno("sync new", EIO);
    }
    if (omission_ != Omission::undo_sync) (void)files_.sync_directory("new");
  }

  FileOps& files_;
  Omission omission_;
  std::vector<Waiting> group_;
};

MakeCommitter careless(Omission omission) {
  return
      [omission](FileOps& files) { return std::make_unique<CarelessCommitter>(files, omission); };
}

// One start of a server on a disk of its own, and one group of messages.
class Trial {
 public:
  explicit Trial(unsigned seed) : files(seed) {}

  ModelFiles files;

  // All of it up to the end of the process.
  void run(std::size_t count, const MakeCommitter& make) {
    told_.assign(count, {});
    if (!prepare_directories(files)) return;
    const auto committer = make(files);
    for (std::size_t i = 0; i < count; ++i) write(i, *committer);
    committer->flush();
  }

  // The first promise that what is on the disk now breaks, or "".
  std::string broken_promise() const {
    for (std::size_t i = 0; i < told_.size(); ++i) {
      const std::string fault = broken_promise(i);
      if (!fault.empty()) return cat("message ", i, " ", fault);
    }
    return "";
  }

  // The same for the next start of a server.
  std::string broken_recovery() {
    constexpr std::chrono::seconds stale_after{100};
    const std::chrono::system_clock::time_point now{std::chrono::seconds{files.now_seconds + 101}};
    const auto accepted = files.names("new");
    if (!prepare_directories(files)) return "the next start fails";
    if (!postern::spool::recover(files, now, stale_after)) return "recovery fails";
    if (!files.names("tmp").empty()) return "recovery leaves a file in tmp/";
    if (files.names("new") != accepted) return "recovery touches new/";
    return "";
  }

  // Whether a step of this kind failed, such as "remove tmp/".
  bool step_failed(std::string_view kind) const {
    for (const std::string& step : files.failed_steps()) {
      if (step.starts_with(kind)) return true;
    }
    return false;
  }

 private:
  // What a client heard, while there was power to tell it.
  struct Told {
    int times = 0;
    bool accepted = false;
  };

  // Sizes differ, and one does not fit into the writer's memory.
  static std::string text(std::size_t i) {
    return cat("message ", i, "\n") + std::string(i == 1 ? 70'000 : i * 10, 'x') + "\n";
  }

  void write(std::size_t i, Committer& committer) {
    auto writer = MessageWriter::create(files, {7, cat("m", i, "m"), "host"});
    if (!writer || !writer->append("head\n") || !writer->append(text(i))) return tell(i, false);
    auto message = std::move(*writer).finish();
    if (!message) return tell(i, false);
    committer.submit(std::move(*message),
                     [this, i](const Result<void>& outcome) { tell(i, outcome.has_value()); });
  }

  void tell(std::size_t i, bool accepted) {
    if (!files.has_power()) return;
    ++told_[i].times;
    told_[i].accepted = accepted;
  }

  std::string broken_promise(std::size_t i) const {
    std::size_t copies = 0;
    bool whole = true;
    for (const std::string& name : files.names("new")) {
      if (name.find(cat(".m", i, "m.")) == std::string::npos) continue;
      ++copies;
      whole = whole && files.content(cat("new/", name)) == "head\n" + text(i);
    }
    if (told_[i].times > 1) return "was answered twice";
    if (!whole) return "is visible and torn";
    if (copies > 1) return "is there twice";
    if (told_[i].times == 0) return "";
    if (told_[i].accepted && copies == 0) return "was accepted and is lost";
    if (!told_[i].accepted && copies != 0 && !step_failed("remove new/")) {
      return "was refused and is visible";
    }
    return "";
  }

  std::vector<Told> told_;
};

// How many steps a run takes in which nothing goes wrong.
std::size_t count_steps(std::size_t count, const MakeCommitter& make) {
  Trial trial{1};
  trial.run(count, make);
  return trial.files.steps().size();
}

std::string first_of(const std::string& one, const std::string& other) {
  return one.empty() ? other : one;
}

std::string with_step(std::string_view what, std::size_t step, const std::string& fault) {
  return fault.empty() ? "" : cat(what, " in step ", step, ": ", fault);
}

// The process lives on after these steps failed.
std::string try_failures(std::size_t count, const MakeCommitter& make,
                         std::initializer_list<std::size_t> failing, int sys_errno) {
  Trial trial{static_cast<unsigned>(*failing.begin())};
  for (const std::size_t step : failing) trial.files.fail_step(step, sys_errno);
  trial.run(count, make);
  std::string fault = trial.broken_promise();
  if (!trial.files.names("tmp").empty() && !trial.step_failed("remove tmp/")) {
    fault = first_of(fault, "a file stays in tmp/");
  }
  trial.files.restart();
  return first_of(fault, trial.broken_recovery());
}

std::string search_failures(std::size_t count, const MakeCommitter& make) {
  const std::size_t steps = count_steps(count, make);
  for (std::size_t failing = 1; failing <= steps; ++failing) {
    for (const int sys_errno : {ENOSPC, EIO}) {
      const std::string fault = try_failures(count, make, {failing}, sys_errno);
      if (!fault.empty()) return with_step("failure", failing, fault);
    }
  }
  return "";
}

// Two steps fail; the second may be one of those that undo what the first spoiled.
std::string search_pairs_of_failures(std::size_t count, const MakeCommitter& make) {
  const std::size_t steps = count_steps(count, make);
  for (std::size_t one = 1; one <= steps; ++one) {
    for (std::size_t other = one + 1; other <= steps + 2 * count + 2; ++other) {
      const std::string fault = try_failures(count, make, {one, other}, EIO);
      if (!fault.empty()) return with_step("failure", one, with_step("and", other, fault));
    }
  }
  return "";
}

std::string try_crash(std::size_t count, const MakeCommitter& make, unsigned seed,
                      std::optional<std::size_t> failing, std::size_t crash) {
  Trial trial{seed};
  if (failing) trial.files.fail_step(*failing, EIO);
  trial.files.lose_power_in_step(crash);
  trial.run(count, make);
  trial.files.restart();
  const std::string fault = trial.broken_promise();
  return with_step("power failure", crash, first_of(fault, trial.broken_recovery()));
}

// Power goes in each step, and behind the last.
std::string search_crashes(std::size_t count, const MakeCommitter& make, unsigned seeds) {
  const std::size_t steps = count_steps(count, make);
  for (std::size_t crash = 1; crash <= steps + 1; ++crash) {
    for (unsigned seed = 1; seed <= seeds; ++seed) {
      const std::string fault = try_crash(count, make, seed, std::nullopt, crash);
      if (!fault.empty()) return fault;
    }
  }
  return "";
}

// One step fails, and power goes later.
std::string search_crashes_after_failures(std::size_t count, const MakeCommitter& make,
                                          unsigned seeds) {
  const std::size_t steps = count_steps(count, make);
  for (std::size_t failing = 1; failing <= steps; ++failing) {
    for (std::size_t crash = failing + 1; crash <= steps + 2 * count + 2; ++crash) {
      for (unsigned seed = 1; seed <= seeds; ++seed) {
        const std::string fault = try_crash(count, make, seed, failing, crash);
        if (!fault.empty()) return with_step("failure", failing, fault);
      }
    }
  }
  return "";
}

}  // namespace

TEST_GROUP(SpoolFileCommitterCrash) {
  const CapturedLog log;  // thousands of failed steps are logged
};

TEST(SpoolFileCommitterCrash, OneMessageOutlivesFailures) {
  STRCMP_EQUAL("", search_failures(1, careful).c_str());
}

TEST(SpoolFileCommitterCrash, ThreeMessagesOutliveFailures) {
  STRCMP_EQUAL("", search_failures(3, careful).c_str());
}

TEST(SpoolFileCommitterCrash, MoreThanAFewMessagesOutliveFailures) {
  STRCMP_EQUAL("", search_failures(few + 1, careful).c_str());
}

TEST(SpoolFileCommitterCrash, TwentyMessagesOutliveFailures) {
  STRCMP_EQUAL("", search_failures(20, careful).c_str());
}

TEST(SpoolFileCommitterCrash, MessagesOutlivePairsOfFailures) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{3}, few + 1}) {
    STRCMP_EQUAL("", search_pairs_of_failures(count, careful).c_str());
  }
}

TEST(SpoolFileCommitterCrash, OneMessageOutlivesPowerFailures) {
  STRCMP_EQUAL("", search_crashes(1, careful, 200).c_str());
}

TEST(SpoolFileCommitterCrash, ThreeMessagesOutlivePowerFailures) {
  STRCMP_EQUAL("", search_crashes(3, careful, 100).c_str());
}

TEST(SpoolFileCommitterCrash, MoreThanAFewMessagesOutlivePowerFailures) {
  STRCMP_EQUAL("", search_crashes(few + 1, careful, 100).c_str());
}

TEST(SpoolFileCommitterCrash, TwentyMessagesOutlivePowerFailures) {
  STRCMP_EQUAL("", search_crashes(20, careful, 20).c_str());
}

TEST(SpoolFileCommitterCrash, OneMessageOutlivesAPowerFailureAfterAFailure) {
  STRCMP_EQUAL("", search_crashes_after_failures(1, careful, 50).c_str());
}

TEST(SpoolFileCommitterCrash, ThreeMessagesOutliveAPowerFailureAfterAFailure) {
  STRCMP_EQUAL("", search_crashes_after_failures(3, careful, 10).c_str());
}

TEST(SpoolFileCommitterCrash, MoreThanAFewMessagesOutliveAPowerFailureAfterAFailure) {
  STRCMP_EQUAL("", search_crashes_after_failures(few + 1, careful, 5).c_str());
}

TEST(SpoolFileCommitterCrash, FindsContentThatWasNotSynced) {
  CHECK(!search_crashes(1, careless(Omission::content_sync), 200).empty());
}

TEST(SpoolFileCommitterCrash, FindsNamesThatWereNotSynced) {
  CHECK(!search_crashes(1, careless(Omission::name_sync), 200).empty());
}

TEST(SpoolFileCommitterCrash, FindsASyncfsThatIsTrustedTheSecondTime) {
  const auto trusting = careless(Omission::lone_content_sync_after_syncfs);
  CHECK(!search_crashes_after_failures(few + 1, trusting, 5).empty());
}

TEST(SpoolFileCommitterCrash, FindsRefusedMessagesThatStayVisible) {
  CHECK(!search_failures(1, careless(Omission::undo)).empty());
}

TEST(SpoolFileCommitterCrash, FindsRefusedMessagesThatAPowerFailureBringsBack) {
  CHECK(!search_crashes_after_failures(1, careless(Omission::undo_sync), 50).empty());
}
