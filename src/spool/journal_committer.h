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
#include <vector>

#include "base/file_ops.h"
#include "spool/committer.h"
#include "spool/file_committer.h"
#include "spool/flusher.h"
#include "spool/journal_slot.h"
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
    WrittenMark& written;  // of the slot; 0 once a sync has failed
    Clock clock;
    // Called once, from the loop: a sync has failed or the flusher is gone, and from now on all
    // messages are refused.  The log has the reason (journal_failed).  The owner ends soon, and the
    // slot is to be recovered then.
    std::function<void()> on_failed;
    std::size_t most_in_memory;  // octets of a message that takes the way through the journal
  };

  // Begins a new round in the slot, and waits for the disk.  round is a random number.
  static Result<std::unique_ptr<JournalCommitter>> start(Setup setup, JournalSlot slot,
                                                         std::uint64_t round);

  std::size_t most_in_memory() const override;
  void submit(WrittenMessage message, Completion completion) override;
  void flush() override;
  bool has_waiting() const override;
  std::optional<TimePoint> next_deadline() const override;
  void on_timer() override;

  // All that was answered comes into the Maildir, and the slot becomes clean.
  void shut_down() override;
  bool is_shut_down() const override;
};

}  // namespace postern::spool
