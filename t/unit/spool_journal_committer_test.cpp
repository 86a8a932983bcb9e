// SPDX-License-Identifier: ISC
//
// t/unit/spool_journal_committer_test.cpp - the order in which the journal is written, synced and
// freed.

#include "spool/journal_committer.h"

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "captured_log.h"
#include "model_files.h"
#include "model_journal.h"
#include "spool/directories.h"
#include "spool/journal_recovery.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::test::CapturedLog;
using postern::test::ModelFiles;
using postern::test::ModelFlusher;
using postern::test::ModelJournal;
using spool::Committer;
using spool::JournalCommitter;
using spool::MessageWriter;

namespace {

using Steps = std::vector<std::string>;

}  // namespace

TEST_GROUP(JournalCommitter) {
  const CapturedLog log;
  ModelFiles files;
  ModelJournal journal{files};
  spool::WrittenMark written{77};
  std::chrono::steady_clock::time_point now{};
  int failures = 0;  // that the owner was told of
  int accepted = 0;
  int refused = 0;
  Error refusal{};
  std::unique_ptr<ModelFlusher> flusher;
  std::unique_ptr<JournalCommitter> committer;

  void setup() override {
    CHECK(spool::prepare_directories(files).has_value());
    start();
  }

  void start() {
    auto slot = spool::take_slot(journal, spool::least_journal_size);
    CHECK(slot.has_value());
    flusher = std::make_unique<ModelFlusher>(files, journal, spool::slot_name(slot->number));
    JournalCommitter::Setup parts{files,
                                  *flusher,
                                  written,
                                  [this] { return now; },
                                  [this] { ++failures; },
                                  std::size_t{1} << 20};
    auto started = JournalCommitter::start(std::move(parts), std::move(*slot), 4711);
    CHECK(started.has_value());
    committer = std::move(*started);
  }

  Committer::Ticket submit(const std::string& id, std::size_t size = 5) {
    auto writer = MessageWriter::create(files, {7, id, "host"}, committer->most_in_memory());
    CHECK(writer->append(std::string(size, 'x')).has_value());
    return committer->submit(*std::move(*writer).finish(), [this](const Result<void>& outcome) {
      ++(outcome ? accepted : refused);
      if (!outcome) refusal = outcome.error();
    });
  }

  void commit(const std::string& id) {
    submit(id);
    committer->flush();
    flusher->finish_sync();
  }

  void finish_checkpoint() {
    flusher->go_on_with_checkpoint();
    flusher->go_on_with_checkpoint();
  }

  std::size_t next_step() const {
    return files.steps().size() + 1;
  }
  Steps steps_since(std::size_t step) const {
    return {files.steps().begin() + static_cast<std::ptrdiff_t>(step - 1), files.steps().end()};
  }

  spool::JournalRecovery recover() {
    const auto report = spool::recover_journal(files, journal);
    CHECK(report.has_value());
    return *report;
  }
};

TEST(JournalCommitter, WritesOnceSyncsOnceAnswersThenWritesTheFiles) {
  const std::size_t first = next_step();
  submit("a");
  submit("b");
  committer->flush();
  CHECK(steps_since(first) == Steps{"write journal/0"});
  LONGS_EQUAL(0, accepted);
  flusher->finish_sync();
  LONGS_EQUAL(2, accepted);
  const Steps expected{"write journal/0",
                       "sync journal/0",
                       "create tmp/7.a.host",
                       "append tmp/7.a.host",
                       "rename tmp/7.a.host new/7.a.host,S=5",
                       "create tmp/7.b.host",
                       "append tmp/7.b.host",
                       "rename tmp/7.b.host new/7.b.host,S=5"};
  CHECK(steps_since(first) == expected);
}

TEST(JournalCommitter, WhatComesDuringASyncIsTheNextGroup) {
  submit("a");
  committer->flush();
  submit("b");
  CHECK(!committer->has_waiting());
  committer->flush();
  const std::size_t step = next_step();
  flusher->finish_sync();
  LONGS_EQUAL(1, accepted);
  CHECK(flusher->is_syncing());
  // The next write before the files of this group.
  STRCMP_EQUAL("write journal/0", files.steps()[step].c_str());
  flusher->finish_sync();
  LONGS_EQUAL(2, accepted);
}

TEST(JournalCommitter, TheMarkIsTheLastThatWasRenamed) {
  LONGS_EQUAL(spool::first_sequence - 1, written.load());
  commit("a");
  LONGS_EQUAL(spool::first_sequence, written.load());
  commit("b");
  LONGS_EQUAL(spool::first_sequence + 1, written.load());
}

// While the disk works for others its client may go, and its place be taken: none of that piles up.
TEST(JournalCommitter, WhatIsInNoGroupYetCanBeWithdrawn) {
  const Committer::Ticket first = submit("a");
  committer->flush();
  const Committer::Ticket second = submit("b");
  submit("c");
  CHECK(!committer->withdraw(first));
  CHECK(committer->withdraw(second));
  CHECK(!committer->withdraw(second));
  flusher->finish_sync();
  flusher->finish_sync();
  LONGS_EQUAL(2, accepted);
  CHECK((files.names("new") == Steps{"7.a.host,S=5", "7.c.host,S=5"}));
}

TEST(JournalCommitter, OfOneThatIsAFileNothingStaysWhenItIsWithdrawn) {
  submit("a");
  const Committer::Ticket ticket = submit("b", committer->most_in_memory() + 1);
  CHECK(committer->withdraw(ticket));
  CHECK(files.names("tmp").empty());
  committer->flush();
  flusher->finish_sync();
  LONGS_EQUAL(1, accepted);
  LONGS_EQUAL(1, files.names("new").size());
}

TEST(JournalCommitter, LargeMessagesAreFiles) {
  submit("a", committer->most_in_memory() + 1);
  CHECK(files.names("tmp") == Steps{"7.a.host"});
  CHECK(committer->has_waiting());
  committer->flush();
  LONGS_EQUAL(1, accepted);
  CHECK(!flusher->is_syncing());
  LONGS_EQUAL(1, files.names("new").size());
}

TEST(JournalCommitter, ChecksASecondAfterAFileWasWritten) {
  CHECK(!committer->next_deadline());
  commit("a");
  CHECK(committer->next_deadline() == now + std::chrono::seconds{1});
  committer->on_timer();
  CHECK(!flusher->is_checkpointing());
  now += std::chrono::seconds{1};
  committer->on_timer();
  CHECK(flusher->is_checkpointing());
  CHECK(!committer->next_deadline());
  finish_checkpoint();
  CHECK(!committer->next_deadline());
}

TEST(JournalCommitter, ACheckpointDelaysNobody) {
  commit("a");
  now += std::chrono::seconds{1};
  committer->on_timer();
  commit("b");
  LONGS_EQUAL(2, accepted);
  finish_checkpoint();
}

TEST(JournalCommitter, WaitsForRoomAndGoesOnForEver) {
  for (int i = 0; i < 500; ++i) {
    submit(cat("m", i), 3000);
    committer->flush();
    if (flusher->is_syncing()) flusher->finish_sync();
    if (flusher->is_checkpointing() && i % 3 == 0) finish_checkpoint();
  }
  committer->shut_down();
  for (int i = 0; i < 50 && !committer->is_shut_down(); ++i) {
    if (flusher->is_syncing()) flusher->finish_sync();
    if (flusher->is_checkpointing()) finish_checkpoint();
  }
  CHECK(committer->is_shut_down());
  LONGS_EQUAL(500, accepted);
  LONGS_EQUAL(500, files.names("new").size());
}

TEST(JournalCommitter, LeavesACleanSlotThatIsTakenAgain) {
  commit("a");
  committer->shut_down();
  CHECK(!committer->is_shut_down());
  finish_checkpoint();
  CHECK(committer->is_shut_down());
  committer.reset();
  LONGS_EQUAL(0, recover().slots);
  start();
  commit("b");
  LONGS_EQUAL(2, accepted);
}

TEST(JournalCommitter, TwoWorkersHaveTwoSlots) {
  const auto other = spool::take_slot(journal, spool::least_journal_size);
  LONGS_EQUAL(1, other->number);
}

// What nobody knows to be lost or not is refused, and gone from the journal before that is said.
TEST(JournalCommitter, AFailedSyncRefusesTheGroupAndAllThatComes) {
  submit("a");
  committer->flush();
  submit("b");
  files.fail_step(next_step(), EIO);
  flusher->finish_sync();
  LONGS_EQUAL(2, refused);
  LONGS_EQUAL(1, failures);
  LONGS_EQUAL(0, written.load());
  submit("c");
  submit("d", committer->most_in_memory() + 1);
  CHECK(committer->has_waiting());
  committer->flush();
  LONGS_EQUAL(4, refused);
  LONGS_EQUAL(1, failures);
  STRCMP_CONTAINS("alert journal_failed file=journal/0 error=", log.text().c_str());
  CHECK(log.text().find("spool_undo_failed") == std::string::npos);
  committer->shut_down();
  CHECK(committer->is_shut_down());
  committer.reset();
  LONGS_EQUAL(0, recover().messages);
  CHECK(files.names("new").empty());
}

// The page cache has what was written: what a program has taken does not come back.
TEST(JournalCommitter, AFlusherThatIsGoneLeavesTheMark) {
  commit("a");
  CHECK(files.remove("new/7.a.host,S=5").has_value());
  submit("b");
  committer->flush();
  flusher->kill_syncs();
  flusher->finish_sync();
  LONGS_EQUAL(1, refused);
  LONGS_EQUAL(1, failures);
  LONGS_EQUAL(spool::first_sequence, written.load());
  committer.reset();
  LONGS_EQUAL(0, spool::recover_slot(files, journal, 0, written)->messages);
}

TEST(JournalCommitter, WhatIsDeliveredAfterAFlusherIsGoneMovesTheMark) {
  commit("a");
  now += std::chrono::seconds{1};
  committer->on_timer();
  submit("b");
  committer->flush();
  flusher->kill_checkpoints();
  flusher->go_on_with_checkpoint();
  LONGS_EQUAL(1, failures);
  flusher->finish_sync();
  LONGS_EQUAL(2, accepted);
  CHECK(files.remove("new/7.b.host,S=5").has_value());
  committer.reset();
  LONGS_EQUAL(0, spool::recover_slot(files, journal, 0, written)->messages);
}

TEST(JournalCommitter, ADiskThatFailsAfterAFlusherIsGoneEndsTheMark) {
  submit("a");
  committer->flush();
  flusher->kill_syncs();
  for (std::size_t i = 0; i < 10; ++i) files.fail_step(next_step() + i, EIO);
  flusher->finish_sync();
  LONGS_EQUAL(0, written.load());
}

TEST(JournalCommitter, AWriteThatFailsIsUndoneAndTheNextGoesOn) {
  submit("a");
  files.fail_step(next_step(), ENOSPC);
  committer->flush();
  LONGS_EQUAL(1, refused);
  LONGS_EQUAL(ENOSPC, refusal.sys_errno);
  LONGS_EQUAL(0, failures);
  commit("b");
  LONGS_EQUAL(1, accepted);
  committer.reset();
  recover();
  CHECK(files.names("new") == Steps{"7.b.host,S=5"});
}

TEST(JournalCommitter, TellsThatWhatWasRefusedMayAppear) {
  submit("a");
  for (std::size_t i = 0; i < 3; ++i) files.fail_step(next_step() + i, EIO);
  committer->flush();
  LONGS_EQUAL(1, refused);
  LONGS_EQUAL(1, failures);
  STRCMP_CONTAINS("alert spool_undo_failed file=journal/0 error=", log.text().c_str());
}

TEST(JournalCommitter, AFailedCheckpointFailsTheJournal) {
  commit("a");
  now += std::chrono::seconds{1};
  committer->on_timer();
  submit("b");
  committer->flush();
  files.fail_step(next_step(), EIO);
  flusher->go_on_with_checkpoint();
  LONGS_EQUAL(1, failures);
  LONGS_EQUAL(0, written.load());
  // What is under way is as safe as before.
  flusher->finish_sync();
  LONGS_EQUAL(2, accepted);
  committer.reset();
  LONGS_EQUAL(2, recover().repaired);
}

TEST(JournalCommitter, TriesAgainToWriteTheMaildir) {
  submit("a");
  committer->flush();
  files.fail_step(next_step() + 1, ENOSPC);
  flusher->finish_sync();
  LONGS_EQUAL(1, accepted);
  CHECK(files.names("new").empty());
  CHECK(committer->next_deadline() == now + std::chrono::seconds{1});
  now += std::chrono::seconds{1};
  files.fail_step(next_step(), ENOSPC);
  committer->on_timer();
  CHECK(committer->next_deadline() == now + std::chrono::seconds{2});
  now += std::chrono::seconds{2};
  committer->on_timer();
  LONGS_EQUAL(1, files.names("new").size());
  const std::string text = log.text();
  const std::size_t first = text.find("alert journal_delivery_failed file=\"new/7.a.host,S=5\"");
  CHECK(first != std::string::npos);
  CHECK(text.find("journal_delivery_failed", first + 30) == std::string::npos);
}

TEST(JournalCommitter, IsFullInTheEndIfTheMaildirTakesNothing) {
  for (int i = 0; i < 30 && refused == 0; ++i) {
    submit(cat("m", i), 3000);
    committer->flush();
    if (!flusher->is_syncing()) continue;
    // It is tried once, and the clock stands still.
    if (i == 0) files.fail_step(next_step() + 1, ENOSPC);
    flusher->finish_sync();
  }
  LONGS_EQUAL(1, refused);
  LONGS_EQUAL(ENOSPC, refusal.sys_errno);
  CHECK(accepted >= 10);
  committer->shut_down();
  CHECK(committer->is_shut_down());
  committer.reset();
  LONGS_EQUAL(accepted, recover().messages);
}

// The ids of two hosts that share a spool by mistake.
TEST(JournalCommitter, ANameThatIsTakenStopsNobody) {
  commit("a");
  commit("a");
  LONGS_EQUAL(2, accepted);
  CHECK(files.names("new") == (Steps{"7.a.host,S=5", "7.a.host~3,S=5"}));
}
