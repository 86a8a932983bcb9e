// SPDX-License-Identifier: ISC
//
// t/unit/journal_life.cpp - the life of one worker with a journal, and what it has promised.

#include "journal_life.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "careless.h"
#include "spool/directories.h"
#include "spool/journal_recovery.h"

namespace postern::test {

using spool::JournalCommitter;
using spool::MessageWriter;

Life::Life(unsigned seed, Omission omission) : choice_(seed), disk_(seed), omission_(omission) {}

Life::~Life() = default;

std::string Life::live() {
  if (!spool::prepare_directories(disk_)) return "the spool cannot be made";
  plan();
  begin();
  const std::size_t turns = 10 + choose(50);
  for (std::size_t i = 0; committer_ && i < turns && disk_.is_alive(); ++i) {
    if (i == flusher_dies_) kill_a_flusher();
    take_a_turn();
  }
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
  flusher_dies_ = choose(200);  // that is rarely a turn
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

void Life::kill_a_flusher() {
  if (choose(2) == 0) {
    flusher_->kill_syncs();
  } else {
    flusher_->kill_checkpoints();
  }
}

void Life::take_a_turn() {
  switch (choose(9)) {
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
    case 7: withdraw_a_message(); break;
    default: read_a_message();
  }
}

// Small ones, some that take up pages, some that come as files.
void Life::submit() {
  const std::size_t number = messages_.size();
  const std::size_t kind = choose(8);
  const std::size_t size = kind == 0 ? 20'000 : kind < 4 ? 3000 + choose(5000) : choose(300);
  messages_.emplace_back();
  messages_.back().text = cat("Return-Path: <>\nPostern-Envelope: 1; id=m", number,
                              "\nPostern-Recipient: T <a@example.org>\nReceived: x\n\n",
                              std::string(size, static_cast<char>('a' + number % 26)), "\n");
  auto writer = MessageWriter::create(disk_, {7, cat("m", number, "m"), "host"},
                                      committer_->most_in_memory());
  if (!writer || !writer->append(messages_.back().text)) {
    return tell(number, fail(Errc::temporary, "not written"));
  }
  auto message = std::move(*writer).finish();
  if (!message) return tell(number, tl::unexpected(message.error()));
  messages_.back().ticket = committer_->submit(
      std::move(*message), [this, number](const Result<void>& outcome) { tell(number, outcome); });
}

// A client goes away, perhaps one whose message waits still.
void Life::withdraw_a_message() {
  if (messages_.empty()) return;
  const std::size_t last = std::min<std::size_t>(messages_.size(), 4);
  Message& message = messages_[messages_.size() - 1 - choose(last)];
  if (message.ticket && committer_->withdraw(*message.ticket)) message.is_withdrawn = true;
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
  if (disk_.is_alive()) mark_at_end_ = written_.load();
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
  if (message.is_withdrawn && message.times_told > 0) return "was withdrawn and answered";
  if (message.is_withdrawn && !copies.empty()) return "was withdrawn and is visible";
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

}  // namespace postern::test
