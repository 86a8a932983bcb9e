// SPDX-License-Identifier: ISC
//
// spool/file_committer.h - commits a group of messages by syncing their files.

#pragma once

#include <cstddef>
#include <vector>

#include "base/file_ops.h"
#include "spool/committer.h"
#include "spool/submitted_messages.h"

namespace postern::spool {

// The simple engine, and the yardstick for others.  One flush makes one group: the files
// are made durable (a few: one sync each; more: one syncfs for all), renamed into new/, and new/
// is synced once.  Only then is anybody answered.  postern-spool(5) argues step by step why that
// is safe; whoever changes the order here must change the argument there.
//
// If a file cannot be synced or renamed, its message fails alone.  If new/ cannot be synced, all
// fail, and their names are taken out of new/ again: what was not answered 250 must not appear.
// Where that fails too the event spool_undo_failed tells the operator.
class FileCommitter final : public Committer {
 public:
  // Up to this many messages are synced one by one; one syncfs costs about as much as these.
  static constexpr std::size_t few = 4;

  // Tickets rise from first_ticket.
  explicit FileCommitter(FileOps& files, Ticket first_ticket = 0)
      : files_(files), waiting_(first_ticket) {}

  std::size_t most_in_memory() const override { return 0; }
  Ticket submit(WrittenMessage message, Completion completion) override;
  bool withdraw(Ticket ticket) override { return waiting_.withdraw(ticket); }
  void flush() override;
  bool has_waiting() const override { return !waiting_.empty(); }
  std::optional<TimePoint> next_deadline() const override { return std::nullopt; }
  void on_timer() override {}
  void shut_down() override {}
  bool is_shut_down() const override { return waiting_.empty(); }

 private:
  struct Member {
    SubmittedMessage submitted;
    Result<void> outcome;  // of the steps so far
  };
  using Group = std::vector<Member>;

  void sync_content(Group& group);
  bool sync_all_at_once();
  void move_to_new(Group& group);
  void sync_new(Group& group);
  void undo(Group& group, const Error& error);

  FileOps& files_;
  SubmittedMessages waiting_;
  bool trusts_sync_all_ = true;
};

}  // namespace postern::spool
