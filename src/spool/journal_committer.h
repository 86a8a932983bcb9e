// SPDX-License-Identifier: ISC
//
// spool/journal_committer.h - commits a group of messages by one write and one sync.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_ops.h"
#include "spool/committer.h"
#include "spool/file_committer.h"
#include "spool/flusher.h"
#include "spool/journal_room.h"
#include "spool/journal_slot.h"
#include "spool/submitted_messages.h"
#include "spool/written_mark.h"

namespace postern::spool {

// The fast engine.  All messages that wait are written into the journal at once, and one sync makes
// them durable: then they are answered, and only then written into the Maildir, without a sync.
// While one group is synced the next one gathers.  Now and then a checkpoint makes the Maildir
// durable, and the room in the journal is free again.  postern-spool(5) argues why that is safe;
// whoever changes the order here must change the argument there.
//
// Messages that come as files take the way of FileCommitter.
class JournalCommitter final : public Committer {
 public:
  using Clock = std::function<TimePoint()>;

  struct Setup {
    FileOps& files;        // of the spool
    Flusher& flusher;      // of the slot and the spool
    WrittenMark& written;  // of the slot; 0 once the disk has failed
    Clock clock;
    // Called once, from the loop: a sync has failed or the flusher is gone, and from now on all
    // messages are refused.  The log has the reason (journal_failed).  The owner ends soon, and the
    // slot is to be recovered then.
    std::function<void()> on_failed;
    std::size_t most_in_memory;  // octets of a message that takes the way through the journal
  };

  // Begins a new round in the slot, and waits for the disk.  round is a random number.  Nobody can
  // read what other rounds have left in the slot from now on.
  static Result<std::unique_ptr<JournalCommitter>> start(Setup setup, JournalSlot slot,
                                                         std::uint64_t round);

  std::size_t most_in_memory() const override { return most_in_memory_; }
  Ticket submit(WrittenMessage message, Completion completion) override;
  bool withdraw(Ticket ticket) override;
  void flush() override;
  bool has_waiting() const override;
  std::optional<TimePoint> next_deadline() const override;
  void on_timer() override;

  // All that was answered comes into the Maildir, and the slot becomes clean; or recovery has to
  // see to it, after a failure or if the Maildir cannot be written.
  void shut_down() override;
  bool is_shut_down() const override;

  // Whether the slot is, on stable storage: then recovery has nothing to do.
  bool is_clean() const { return is_clean_; }

 private:
  // What was written at once, and is synced.  Only one group is at a time.
  struct Group {
    std::uint64_t begin;  // in the file
    std::uint64_t octets;
    std::uint64_t first;  // sequence of its first message
    std::vector<SubmittedMessage> messages;
  };
  struct Undelivered {
    std::uint64_t sequence;
    WrittenMessage message;
  };

  JournalCommitter(Setup setup, JournalSlot slot);

  // The way of a group.
  bool can_begin_group() const;
  void begin_group();
  std::optional<Group> gather_group();
  Result<void> write(const Group& group);
  void on_synced(const Result<void>& synced);
  void refuse(const Group& group, const Error& error);
  Result<void> erase(const Group& group);
  void refuse_waiting(const Error& error);

  void deliver_all();
  std::uint64_t first_undelivered() const;

  bool wants_checkpoint() const;
  void checkpoint();
  void on_checkpoint(const JournalHeader& header, const Result<void>& done);
  void finish_shut_down();

  void distrust(const Error& error);
  void tell_failure();

  FileOps& files_;
  Flusher& flusher_;
  WrittenMark& written_;
  Clock clock_;
  std::function<void()> on_failed_;
  std::size_t most_in_memory_;
  std::string name_;  // of the slot, for the log
  std::unique_ptr<JournalFile> file_;
  JournalHeader header_;  // as it is on the disk
  JournalRoom room_;
  FileCommitter large_;  // for what comes as a file

  SubmittedMessages waiting_;
  std::optional<Group> syncing_;
  std::deque<Undelivered> undelivered_;
  std::uint64_t next_sequence_ = first_sequence;

  bool is_checkpointing_ = false;
  std::optional<TimePoint> checkpoint_at_;     // something was delivered since the last
  std::optional<TimePoint> deliver_again_at_;  // the Maildir cannot be written
  std::chrono::seconds patience_{1};           // before it is tried again
  std::optional<Error> failure_;
  bool is_shutting_down_ = false;
  bool is_clean_ = false;
};

}  // namespace postern::spool
