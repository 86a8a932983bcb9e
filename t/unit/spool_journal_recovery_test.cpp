// SPDX-License-Identifier: ISC
//
// t/unit/spool_journal_recovery_test.cpp - what a worker that died has left in the journal.

#include "spool/journal_recovery.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include "journal_recovery_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::test;

TEST_GROUP_BASE(JournalRecovery, JournalRecoveryFixture){};

TEST(JournalRecovery, WritesAllThatIsNotThere) {
  const auto report = recover();
  LONGS_EQUAL(1, report.slots);
  LONGS_EQUAL(3, report.messages);
  LONGS_EQUAL(0, report.damaged);
  CHECK(files.names("new") == (Names{name(2), name(3), name(4)}));
  CHECK(files.content("new/" + name(3)) == text);
}

TEST(JournalRecovery, DoesNothingTheSecondTime) {
  recover();
  const auto report = recover();
  LONGS_EQUAL(0, report.slots + report.messages + report.repaired);
}

TEST(JournalRecovery, WithAMarkLeavesAloneWhatWasTaken) {
  written = 3;
  const auto report = recover();
  LONGS_EQUAL(1, report.messages);
  CHECK(files.names("new") == Names{name(4)});
  LONGS_EQUAL(4, written.load());
}

TEST(JournalRecovery, AMarkBehindTheLastRecordIsNone) {
  written = 5;
  LONGS_EQUAL(3, recover().messages);
}

// So it is when nothing has come since the checkpoint.
TEST(JournalRecovery, AMarkJustBeforeTheCheckpointIsOne) {
  spool::JournalHeader header;
  header.generation = 10;
  header.round = round_of_test;
  header.sequence = 5;
  {
    const auto file = journal.open("0");
    CHECK(spool::write_header(**file, header).has_value());
  }
  written = 4;
  LONGS_EQUAL(0, recover().messages);
  LONGS_EQUAL(4, written.load());
}

TEST(JournalRecovery, WithAMarkWritesWhatWasNotYetRenamed) {
  written = 3;
  put("tmp/3.host", text);
  put("tmp/4.host", "torn");
  LONGS_EQUAL(2, recover().messages);
  CHECK(files.names("new") == (Names{name(3), name(4)}));
  CHECK(files.content("new/" + name(4)) == text);
  CHECK(files.names("tmp").empty());
}

// What syncfs has told somebody it does not tell again; so it is written again.
TEST(JournalRecovery, WithAMarkWritesAgainWhatIsThere) {
  written = 4;
  put("new/" + name(2), text);
  LONGS_EQUAL(1, recover().repaired);
}

// One step further each time, until it is the sync.
TEST(JournalRecovery, WritesAllAgainIfASyncFails) {
  for (std::size_t further = 0; further < 100; ++further) {
    files.fail_step(next_step() + further, ENOSPC);  // a read that fails is no reason to stop
    const auto report = spool::recover_slot(files, journal, 0, written);
    if (files.failed_steps().back() != "sync_all") continue;
    CHECK(report.has_value());
    LONGS_EQUAL(3, report->messages + report->repaired);  // none counts twice
    return;
  }
  FAIL("it never syncs");
}

// The file system may come back without what a program seems to have taken.
TEST(JournalRecovery, TrustsNoMarkAfterTheDiskHasFailed) {
  for (const auto& [error, mark] : {std::pair{EIO, 0}, std::pair{EROFS, 0}, std::pair{ENOSPC, 3}}) {
    written = 3;
    for (std::size_t further = 0; further < 100; ++further) {
      files.fail_step(next_step() + further, error);
    }
    CHECK(!spool::recover_slot(files, journal, 0, written).has_value());
    LONGS_EQUAL(mark, written.load());
  }
}

TEST(JournalRecovery, TellsOfAcknowledgedRecordsThatAreDamaged) {
  journal.damage("0", spool::journal_records_begin + 100, 1);
  const auto report = recover();
  LONGS_EQUAL(1, report.damaged);
  LONGS_EQUAL(2, report.messages);
  CHECK(files.names("new") == (Names{name(3), name(4)}));
  STRCMP_CONTAINS("alert journal_damaged file=journal/0.damaged messages=1", log.text().c_str());
  STRCMP_EQUAL("", journal.content("0").c_str());
  CHECK(!journal.content("0.damaged").empty());
  LONGS_EQUAL(0, spool::take_slot(journal, spool::least_journal_size)->number);
}

// Each record on pages of its own, so that a bad page takes one of them.
TEST(JournalRecovery, GoesOnBehindAPageThatCannotBeRead) {
  for (std::size_t page = 0; page < 2; ++page) {
    journal.spoil("0", spool::journal_records_begin / spool::journal_page + page);
  }
  end = spool::journal_records_begin + spool::journal_page - 50;  // ends in a bad page
  add(5, 4);
  end = spool::journal_records_begin + 2 * spool::journal_page;
  add(6, 5);
  const auto report = recover();
  LONGS_EQUAL(3, report.damaged);
  CHECK(files.names("new") == Names{name(6)});
  STRCMP_CONTAINS("journal_damaged file=journal/0.damaged messages=3", log.text().c_str());
}

// It may have held what nothing else tells of.
TEST(JournalRecovery, KeepsASlotWithAPageThatCannotBeRead) {
  journal.spoil("0", spool::least_journal_size / spool::journal_page - 1);
  const auto report = recover();
  LONGS_EQUAL(1, report.damaged);
  LONGS_EQUAL(3, report.messages);
  CHECK(!journal.content("0.damaged").empty());
}

TEST(JournalRecovery, ASlotWhoseHeadersCannotBeReadIsKept) {
  journal.spoil("0", 0);
  journal.spoil("0", 1);
  LONGS_EQUAL(1, recover().damaged);
  CHECK(files.names("new").empty());
  CHECK(!journal.content("0.damaged").empty());
}

TEST(JournalRecovery, ACleanSlotWithAPageThatCannotBeReadIsNotUsedAgain) {
  recover();
  journal.spoil("0", 0);
  LONGS_EQUAL(0, recover().damaged);
  CHECK(!journal.content("0.damaged").empty());
  LONGS_EQUAL(0, spool::take_slot(journal, spool::least_journal_size)->number);
}

// Else a disk that comes back would come back without the mail.
TEST(JournalRecovery, ADiskThatGivesBackNothingIsNoDamage) {
  for (std::size_t page = 0; page < spool::least_journal_size / spool::journal_page; ++page) {
    journal.spoil("0", page);
  }
  LONGS_EQUAL(EIO, spool::recover_slot(files, journal, 0, written).error().sys_errno);
  CHECK(!journal.content("0").empty());
}

// Nobody was told that it is safe.
TEST(JournalRecovery, TheLastRecordMayBeTorn) {
  journal.damage("0", end - 100, 1);
  const auto report = recover();
  LONGS_EQUAL(0, report.damaged);
  LONGS_EQUAL(2, report.messages);
}

// As by a repair of the file system: nobody knows what was in the rest.
TEST(JournalRecovery, AFileThatIsCutShortIsDamaged) {
  journal.cut_short("0", end);
  const auto report = recover();
  LONGS_EQUAL(1, report.damaged);
  LONGS_EQUAL(3, report.messages);
  CHECK(!journal.content("0.damaged").empty());
}

TEST(JournalRecovery, ACleanFileThatIsCutShortIsMadeAnew) {
  recover();
  journal.cut_short("0", end);
  const auto slot = spool::take_slot(journal, spool::least_journal_size);
  LONGS_EQUAL(0, slot->number);
  LONGS_EQUAL(spool::least_journal_size, slot->file->size());
}

// As one that posternd -R has made clean meanwhile, and another worker has taken since.
TEST(JournalRecovery, LeavesASlotOfAnotherRound) {
  written = 4;
  const auto report = spool::recover_slot(files, journal, 0, written, round_of_test + 1);
  CHECK(report.has_value());
  LONGS_EQUAL(1, report->held);
  LONGS_EQUAL(4, written.load());
  CHECK(files.names("new").empty());
  LONGS_EQUAL(1, recover().slots);
}

// posternd -R knows no mark.  It was cut off when it had written all but the last.
TEST(JournalRecovery, MakesNoDoublesOfWhatARecoveryWithoutTheMarkHasBrought) {
  written = 2;
  put("new/" + name(3), text);
  auto report = recover();
  LONGS_EQUAL(1, report.repaired);
  LONGS_EQUAL(1, report.messages);
  CHECK(files.names("new") == (Names{name(3), name(4)}));
  CHECK(files.remove("new/" + name(3)).has_value());
  end_round_again();
  report = recover();
  LONGS_EQUAL(1, report.repaired);
  LONGS_EQUAL(0, report.messages);
}

TEST(JournalRecovery, ACleanSlotMakesRoom) {
  const std::size_t begin = files.steps().size();
  recover();
  const auto append = std::find(files.steps().begin() + static_cast<std::ptrdiff_t>(begin),
                                files.steps().end(), "append tmp/2.host");
  const auto further = static_cast<std::size_t>(append - files.steps().begin()) - begin;
  for (const int sequence : {2, 3, 4}) CHECK(files.remove("new/" + name(sequence)).has_value());
  end_round_again();
  CHECK(spool::take_slot(journal, spool::least_journal_size)->number == 1);
  files.fail_step(next_step() + further, ENOSPC);
  LONGS_EQUAL(3, recover().messages);
  STRCMP_EQUAL("append tmp/2.host", files.failed_steps().back().c_str());
  STRCMP_EQUAL("", journal.content("1").c_str());
  STRCMP_CONTAINS("info journal_trimmed slots=1", log.text().c_str());
}

TEST(JournalRecovery, LeavesASlotThatSomebodyHolds) {
  const auto held = journal.open("0");
  const auto report = recover();
  LONGS_EQUAL(1, report.held);
  LONGS_EQUAL(0, report.messages);
}

TEST(JournalRecovery, ASlotThatWasNeverBegunGoes) {
  CHECK(journal.create("1", spool::least_journal_size).has_value());
  written = 0;
  CHECK(spool::recover_slot(files, journal, 1, written).has_value());
  STRCMP_EQUAL("", journal.content("1").c_str());
}

// Its worker had begun with it, and somebody has emptied it since.
TEST(JournalRecovery, ASlotOfWhichThereIsAMarkWasBegun) {
  journal.cut_short("0", 0);
  written = 3;
  LONGS_EQUAL(1, recover().damaged);
  STRCMP_CONTAINS("alert journal_damaged file=journal/0.damaged messages=1", log.text().c_str());
}

TEST(JournalRecovery, ASlotThatIsCutWithinItsHeaderWasBegun) {
  journal.cut_short("0", 100);
  LONGS_EQUAL(1, recover().damaged);
  CHECK(!journal.content("0.damaged").empty());
}

TEST(JournalRecovery, ASlotWithoutAHeaderIsKept) {
  journal.damage("0", 0, spool::journal_records_begin);
  LONGS_EQUAL(1, recover().damaged);
  CHECK(!journal.content("0.damaged").empty());
}

TEST(JournalRecovery, ASlotThatCannotBeKeptStopsNobody) {
  for (const char* ending : {".damaged", ".damaged-2", ".damaged-3"}) {
    CHECK(journal.create(cat("0", ending), 1).has_value());
  }
  journal.damage("0", 0, spool::journal_records_begin);
  LONGS_EQUAL(1, recover().damaged);
  STRCMP_CONTAINS("alert journal_damaged file=journal/0 messages=1", log.text().c_str());
  STRCMP_CONTAINS("alert journal_not_kept file=journal/0", log.text().c_str());
  LONGS_EQUAL(1, spool::take_slot(journal, spool::least_journal_size)->number);
  CHECK(!journal.content("0").empty());
}

TEST(JournalRecovery, GoesOnBehindASlotThatFails) {
  auto other = spool::take_slot(journal, spool::least_journal_size);
  other->file.reset();
  files.fail_step(next_step() + 2, EIO);  // the first slot cannot be listed or opened
  CHECK(!spool::recover_journal(files, journal).has_value());
}
