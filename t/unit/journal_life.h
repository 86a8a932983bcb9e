// SPDX-License-Identifier: ISC
//
// t/unit/journal_life.h - the life of one worker with a journal, and what it has promised.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "captured_log.h"
#include "model_files.h"
#include "model_journal.h"
#include "spool/journal_committer.h"
#include "spool/written_mark.h"

namespace postern::test {

// A precaution that a life does without.
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

enum class Ending { orderly, death, power_failure };

class CarelessFlusher;

// What is known of one message.
struct Message {
  std::string text;
  std::optional<spool::Committer::Ticket> ticket;  // once it was submitted
  int times_told = 0;
  bool is_withdrawn = false;
  bool is_accepted = false;
  bool may_be_gone = false;       // everything ended while it was removed
  bool is_gone = false;           // a reader has removed it
  bool is_gone_for_good = false;  // and that is on the disk
};

// Messages come, syncs and checkpoints end in any order, a reader takes messages, and something
// goes wrong, in recovery too.  All depends on the seed alone.
class Life {
 public:
  Life(unsigned seed, Omission omission);
  ~Life();

  // The first broken promise, or "".
  std::string live();

 private:
  std::size_t choose(std::size_t choices) { return choice_() % choices; }

  void plan();
  void begin();
  void kill_a_flusher();
  void take_a_turn();
  void submit();
  void withdraw_a_message();
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
  std::size_t flusher_dies_ = 0;  // in which turn
  std::chrono::steady_clock::time_point now_{};
  spool::WrittenMark written_{0};
  std::uint64_t mark_at_end_ = 0;
  std::vector<Message> messages_;
  std::vector<std::size_t> gone_before_checkpoint_;
  std::unique_ptr<CarelessFlusher> flusher_;
  std::unique_ptr<spool::JournalCommitter> committer_;
  bool is_recovered_ = false;
  std::string trouble_;  // of recovery
};

}  // namespace postern::test
