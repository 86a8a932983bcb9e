// SPDX-License-Identifier: ISC
//
// t/unit/spool_journal_crash_test.cpp - what a 250 from the journal is worth when the disk fails,
// the power goes or the process dies, at any step.
//
// Each seed is the life of one worker: messages come, syncs and checkpoints end in any order, a
// reader takes messages, and something goes wrong, in recovery too.  Then the promises of
// postern-spool(5) are looked at.  POSTERN_CRASH_SEEDS in the environment sets how many lives are
// lived.  The last tests leave one precaution out: there each search must find something.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "captured_log.h"
#include "model_files.h"
#include "model_journal.h"
#include "spool/directories.h"
#include "spool/journal_committer.h"
#include "spool/journal_recovery.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::test::CapturedLog;
using postern::test::ModelFiles;
using postern::test::ModelFlusher;
using postern::test::ModelJournal;
using spool::JournalCommitter;
using spool::MessageWriter;

namespace {

enum class Omission {
  none,
  record_sync,      // 250 before the records are durable
  spool_sync,       // a checkpoint without syncfs
  header_sync,      // room is free before the header says so
  own_description,  // flusher and checkpointer share one
  erasure,          // what was refused stays in the journal
  erasure_sync,     // or perhaps
  repair,           // recovery leaves alone what is there
  recovery_sync,    // the slot is clean before the Maildir is durable
  mark,             // recovery takes the mark for the next record
  no_mark,          // recovery knows no mark although the machine lives
};

class CarelessFlusher final : public ModelFlusher {
 public:
  CarelessFlusher(ModelFiles& disk, ModelJournal& journal, Omission omission)
      : ModelFlusher(disk, journal, "0"), omission_(omission) {}

  std::function<void()> on_begin;  // of a checkpoint

  void checkpoint(HeaderBlock block, Done done) override {
    on_begin();
    ModelFlusher::checkpoint(std::move(block), std::move(done));
  }

 private:
  Result<void> sync_records() override {
    return omission_ == Omission::record_sync ? Result<void>{} : ModelFlusher::sync_records();
  }
  Result<void> sync_spool() override {
    return omission_ == Omission::spool_sync ? Result<void>{} : ModelFlusher::sync_spool();
  }
  Result<void> write_block(const HeaderBlock& block) override {
    if (omission_ == Omission::header_sync) {
      return journal_.write(slot_, block.offset, block.octets);
    }
    if (omission_ == Omission::own_description) {
      if (auto written = journal_.write(slot_, block.offset, block.octets); !written) {
        return written;
      }
      (void)journal_.sync(slot_, ModelJournal::flusher);
      return {};
    }
    return ModelFlusher::write_block(block);
  }

  Omission omission_;
};

// The owner's file, which forgets what was refused.
class CarelessFile final : public JournalFile {
 public:
  CarelessFile(std::unique_ptr<JournalFile> file, Omission omission)
      : file_(std::move(file)), omission_(omission) {}

  std::uint64_t size() const override { return file_->size(); }
  Result<void> write(std::uint64_t offset, std::span<const std::string_view> pieces) override {
    const bool is_erasure = std::all_of(pieces.begin(), pieces.end(), [](std::string_view piece) {
      return piece.find_first_not_of('\0') == std::string_view::npos;
    });
    if (is_erasure && omission_ == Omission::erasure) return {};
    return file_->write(offset, pieces);
  }
  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    return file_->read(offset, size);
  }
  Result<void> sync() override {
    return omission_ == Omission::erasure_sync ? Result<void>{} : file_->sync();
  }
  int fd() const override { return file_->fd(); }
  Result<UniqueFd> open_again() const override { return file_->open_again(); }

 private:
  std::unique_ptr<JournalFile> file_;
  Omission omission_;
};

// The Maildir as a careless recovery sees it.
class CarelessFiles final : public FileOps {
 public:
  CarelessFiles(FileOps& files, Omission omission) : files_(files), omission_(omission) {}

  Result<UniqueFd> create(const std::string& path) override { return files_.create(path); }
  Result<void> append(int fd, std::string_view data) override { return files_.append(fd, data); }
  Result<UniqueFd> open(const std::string& path) override { return files_.open(path); }
  Result<void> write_at(int fd, std::uint64_t offset, std::string_view data) override {
    return omission_ == Omission::repair ? Result<void>{} : files_.write_at(fd, offset, data);
  }
  Result<std::string> read(const std::string& path) override { return files_.read(path); }
  Result<void> sync_file(int fd) override { return files_.sync_file(fd); }
  Result<void> sync_all() override {
    return omission_ == Omission::recovery_sync ? Result<void>{} : files_.sync_all();
  }
  Result<void> sync_directory(const std::string& path) override {
    return files_.sync_directory(path);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return files_.remove(path); }
  Result<void> make_directory(const std::string& path) override {
    return files_.make_directory(path);
  }
  Result<std::vector<DirEntry>> list(const std::string& path) override { return files_.list(path); }
  Result<FreeSpace> free_space() override { return files_.free_space(); }

 private:
  FileOps& files_;
  Omission omission_;
};

enum class Ending { orderly, death, power_failure };

// What is known of one message.
struct Message {
  std::string text;
  int times_told = 0;
  bool is_accepted = false;
  bool may_be_gone = false;       // everything ended while it was removed
  bool is_gone = false;           // a reader has removed it
  bool is_gone_for_good = false;  // and that is on the disk
};

class Life {
 public:
  Life(unsigned seed, Omission omission) : choice_(seed), disk_(seed), omission_(omission) {}

  // The first broken promise, or "".
  std::string live();

 private:
  std::size_t choose(std::size_t choices) { return choice_() % choices; }

  void plan();
  void begin();
  void take_a_turn();
  void submit();
  void read_a_message();
  void checkpoint_step();
  void on_checkpoint();
  void end_in_order();
  void recover();
  void recover_once();
  void tell(std::size_t number, const Result<void>& outcome);
  bool undo_has_failed() const;
  std::string broken_promise() const;
  std::string broken_promise(std::size_t number) const;
  std::vector<std::string> copies_of(std::size_t number) const;

  std::mt19937 choice_;
  ModelFiles disk_;
  ModelJournal journal_{disk_};
  Omission omission_;
  Ending ending_ = Ending::orderly;
  bool may_be_lost_ = false;  // the power went, or a sync failed
  CapturedLog log_;
  std::chrono::steady_clock::time_point now_{};
  spool::WrittenMark written_{0};
  std::uint64_t mark_at_end_ = 0;
  std::vector<Message> messages_;
  std::vector<std::size_t> gone_before_checkpoint_;
  std::unique_ptr<CarelessFlusher> flusher_;
  std::unique_ptr<JournalCommitter> committer_;
  bool is_recovered_ = false;
  std::string trouble_;  // of recovery
};

std::string Life::live() {
  if (!spool::prepare_directories(disk_)) return "the spool cannot be made";
  plan();
  begin();
  const std::size_t turns = 10 + choose(50);
  for (std::size_t i = 0; committer_ && i < turns && disk_.is_alive(); ++i) take_a_turn();
  if (committer_ && disk_.is_alive() && choose(3) != 0) end_in_order();
  if (disk_.is_alive()) {
    // It is killed between two steps.
    if (ending_ == Ending::orderly)
      ending_ = choose(2) == 0 ? Ending::death : Ending::power_failure;
    mark_at_end_ = written_.load();
    disk_.die_in_step(disk_.steps().size() + 1);
    (void)disk_.free_space();
  }
  committer_.reset();
  flusher_.reset();
  recover();
  return broken_promise();
}

// What goes wrong, and when.
void Life::plan() {
  disk_.on_end = [this] { mark_at_end_ = written_.load(); };
  const std::size_t faults = choose(3);
  for (std::size_t i = 0; i < faults; ++i) {
    disk_.fail_step(disk_.steps().size() + 1 + choose(200), choose(2) == 0 ? ENOSPC : EIO);
  }
  const std::size_t step = disk_.steps().size() + 1 + choose(300);
  switch (choose(4)) {
    case 0: ending_ = Ending::death; break;
    case 1: break;
    default: ending_ = Ending::power_failure;
  }
  if (ending_ == Ending::death) disk_.die_in_step(step);
  if (ending_ == Ending::power_failure) disk_.lose_power_in_step(step);
}

void Life::begin() {
  auto slot = spool::take_slot(journal_, spool::least_journal_size);
  if (!slot) return;
  slot->file = std::make_unique<CarelessFile>(std::move(slot->file), omission_);
  flusher_ = std::make_unique<CarelessFlusher>(disk_, journal_, omission_);
  flusher_->on_begin = [this] { on_checkpoint(); };
  JournalCommitter::Setup setup{disk_, *flusher_, written_, [this] { return now_; }, [] {}, 16384};
  auto started = JournalCommitter::start(std::move(setup), std::move(*slot), 1000 + choice_());
  if (started) committer_ = std::move(*started);
}

void Life::take_a_turn() {
  switch (choose(8)) {
    case 0:
    case 1:
    case 2:
      for (std::size_t i = 1 + choose(3); i > 0; --i) submit();
      committer_->flush();
      break;
    case 3:
    case 4:
      if (flusher_->is_syncing()) flusher_->finish_sync();
      break;
    case 5: checkpoint_step(); break;
    case 6:
      now_ += std::chrono::milliseconds{choose(1500)};
      if (const auto due = committer_->next_deadline(); due && *due <= now_) {
        committer_->on_timer();
      }
      break;
    default: read_a_message();
  }
}

// Small ones, some that take up pages, some that come as files.
void Life::submit() {
  const std::size_t number = messages_.size();
  const std::size_t kind = choose(8);
  const std::size_t size = kind == 0 ? 20'000 : kind < 4 ? 3000 + choose(5000) : choose(300);
  messages_.push_back({cat("Return-Path: <>\nPostern-Envelope: 1; id=m", number,
                           "\nPostern-Recipient: T <a@example.org>\nReceived: x\n\n",
                           std::string(size, static_cast<char>('a' + number % 26)), "\n")});
  auto writer = MessageWriter::create(disk_, {7, cat("m", number, "m"), "host"},
                                      committer_->most_in_memory());
  if (!writer || !writer->append(messages_.back().text)) {
    return tell(number, fail(Errc::temporary, "not written"));
  }
  auto message = std::move(*writer).finish();
  if (!message) return tell(number, tl::unexpected(message.error()));
  committer_->submit(std::move(*message),
                     [this, number](const Result<void>& outcome) { tell(number, outcome); });
}

void Life::tell(std::size_t number, const Result<void>& outcome) {
  if (!disk_.is_alive()) return;
  ++messages_[number].times_told;
  messages_[number].is_accepted = outcome.has_value();
}

// As postern-spool(5) says: into cur/, the mark, and away; it may stop anywhere.  A reader syncs
// nothing.
void Life::read_a_message() {
  const auto names = disk_.names("new");
  if (names.empty() || choose(2) == 0) return;
  const std::string& name = names[choose(names.size())];
  const std::string taken = cat("cur/", name, ":2,S");
  if (!disk_.rename(cat("new/", name), taken) || choose(3) == 0) return;
  if (const auto fd = disk_.open(taken); fd) {
    const std::size_t mark = disk_.content(taken).find(": T <");
    if (mark != std::string::npos) (void)disk_.write_at(fd->get(), mark + 2, "D");
  }
  if (choose(2) == 0 || !disk_.is_alive()) return;
  const std::size_t number = std::stoul(name.substr(name.find(".m") + 2));
  messages_[number].is_gone = disk_.remove(taken).has_value();
  messages_[number].may_be_gone = !disk_.is_alive();
}

void Life::checkpoint_step() {
  if (!flusher_->is_checkpointing()) return;
  const auto before = flusher_->checkpoints();
  const auto gone = gone_before_checkpoint_;  // the next may begin in this step
  flusher_->go_on_with_checkpoint();
  if (flusher_->checkpoints() == before || !disk_.is_alive()) return;
  for (const std::size_t number : gone) messages_[number].is_gone_for_good = true;
}

// What is gone now stays gone once this checkpoint is done.
void Life::on_checkpoint() {
  gone_before_checkpoint_.clear();
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    if (messages_[i].is_gone) gone_before_checkpoint_.push_back(i);
  }
}

void Life::end_in_order() {
  committer_->shut_down();
  for (int i = 0; i < 200 && disk_.is_alive() && !committer_->is_shut_down(); ++i) {
    if (flusher_->is_syncing()) flusher_->finish_sync();
    checkpoint_step();
    committer_->flush();
  }
}

void Life::recover() {
  may_be_lost_ = ending_ == Ending::power_failure;
  for (int again = static_cast<int>(choose(3)); again >= 0 && !is_recovered_; --again) {
    if (ending_ == Ending::power_failure) {
      disk_.restart();
      journal_.restart();
    } else {
      disk_.revive();
      journal_.forget_locks();
    }
    disk_.on_end = nullptr;
    const std::size_t step = disk_.steps().size() + 1 + choose(40);
    if (again > 0 && choose(3) == 0) disk_.fail_step(step, EIO);
    if (again > 0 && ending_ == Ending::power_failure) disk_.lose_power_in_step(step);
    if (again > 0 && ending_ == Ending::death) {
      disk_.on_end = [this] { mark_at_end_ = written_.load(); };
      disk_.die_in_step(step);
    }
    recover_once();
  }
  // What recovery made durable must outlive what comes next.
  if (!may_be_lost_ && choose(2) == 0) return;
  disk_.restart();
  journal_.restart();
}

void Life::recover_once() {
  CarelessFiles files{disk_, omission_};
  written_.store(ending_ == Ending::power_failure || omission_ == Omission::no_mark ? 0
                                                                                    : mark_at_end_);
  if (omission_ == Omission::mark && written_.load() != 0) ++written_;
  may_be_lost_ = may_be_lost_ || mark_at_end_ == 0;
  const auto report = spool::recover_slot(files, journal_, 0, written_);
  is_recovered_ = report && disk_.is_alive();
  if (!report) trouble_ = report.error().message();
}

std::vector<std::string> Life::copies_of(std::size_t number) const {
  std::vector<std::string> found;
  for (const char* directory : {"new", "cur"}) {
    for (const std::string& name : disk_.names(directory)) {
      if (name.find(cat(".m", number, "m.")) != std::string::npos) {
        found.push_back(cat(directory, "/", name));
      }
    }
  }
  return found;
}

std::string Life::broken_promise(std::size_t number) const {
  const Message& message = messages_[number];
  const auto copies = copies_of(number);
  std::string delivered = message.text;
  delivered[delivered.find(": T <") + 2] = 'D';
  for (const std::string& path : copies) {
    const std::string content = disk_.content(path);
    if (content != message.text && content != delivered) return "is visible and torn";
  }
  if (message.times_told > 1) return "was answered twice";
  if (copies.size() > 1) return "is there twice";
  if (!copies.empty() && message.is_gone_for_good) return "has come back after a checkpoint";
  if (!copies.empty() && message.is_gone && !may_be_lost_) return "has come back";
  if (message.times_told == 0) return "";
  if (message.is_accepted && copies.empty() && !message.is_gone && !message.may_be_gone)
    return "was accepted and is lost";
  if (!message.is_accepted && !copies.empty() && !undo_has_failed()) {
    return "was refused and is visible";
  }
  return "";
}

bool Life::undo_has_failed() const {
  return log_.text().find("spool_undo_failed") != std::string::npos;
}

std::string Life::broken_promise() const {
  if (!is_recovered_) return cat("recovery fails: ", trouble_);
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const std::string fault = broken_promise(i);
    if (!fault.empty()) return cat("message ", i, " ", fault);
  }
  if (log_.text().find("journal_damaged") != std::string::npos) return "the journal is damaged";
  return "";
}

unsigned seeds(unsigned usual) {
  const char* more = std::getenv("POSTERN_CRASH_SEEDS");
  return more == nullptr ? usual : static_cast<unsigned>(std::strtoul(more, nullptr, 10));
}

std::string search(unsigned count, Omission omission) {
  for (unsigned seed = 1; seed <= count; ++seed) {
    const std::string fault = Life{seed, omission}.live();
    if (!fault.empty()) return cat("seed ", seed, ": ", fault);
  }
  return "";
}

}  // namespace

TEST_GROUP(SpoolJournalCrash){};

TEST(SpoolJournalCrash, MessagesOutliveEverything) {
  STRCMP_EQUAL("", search(seeds(4000), Omission::none).c_str());
}

TEST(SpoolJournalCrash, FindsEachPrecautionThatIsLeftOut) {
  for (const auto& [omission, fault] : {
           std::pair{Omission::record_sync, ""},
           std::pair{Omission::spool_sync, ""},
           std::pair{Omission::header_sync, ""},
           std::pair{Omission::own_description, ""},
           std::pair{Omission::erasure, "refused"},
           std::pair{Omission::erasure_sync, "refused"},
           std::pair{Omission::repair, "torn"},
           std::pair{Omission::recovery_sync, ""},
           std::pair{Omission::mark, "lost"},
           std::pair{Omission::no_mark, ""},
       }) {
    const std::string found = search(20000, omission);
    std::fprintf(stderr, "%d %s\n", static_cast<int>(omission), found.c_str());
    CHECK_TEXT(!found.empty(), cat("omission ", static_cast<int>(omission)).c_str());
    STRCMP_CONTAINS(fault, found.c_str());
  }
}
