// SPDX-License-Identifier: ISC
//
// t/unit/spool_journal_repair_test.cpp - what recovery does with messages that it finds in the
// Maildir.

#include "spool/journal_recovery.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>

#include "journal_recovery_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::test;

TEST_GROUP_BASE(JournalRepair, JournalRecoveryFixture){};

TEST(JournalRepair, MakesWholeWhatIsTornWhereverItIs) {
  put("new/" + name(2), text.substr(0, 60));
  put("cur/" + name(3) + ":2,S", std::string(text.size(), '\0'));
  const auto report = recover();
  LONGS_EQUAL(2, report.repaired);
  LONGS_EQUAL(1, report.messages);
  CHECK(files.content("new/" + name(2)) == text);
  CHECK(files.content("cur/" + name(3) + ":2,S") == text);
}

TEST(JournalRepair, LeavesTheMarksOfTheReaders) {
  std::string done = text;
  done[text.find("T <b@")] = 'D';
  std::string torn = done;
  torn.replace(0, 20, 20, '\0');
  put("cur/" + name(2), torn);
  recover();
  CHECK(files.content("cur/" + name(2)) == done);
}

// The file system may have given the file blocks that it never wrote.
TEST(JournalRepair, MakesWholeWhatHasRubbishInIt) {
  const std::size_t received = text.find("Received: x");
  std::string torn = text;
  torn.replace(received + 12, text.size() - received - 12, text.size() - received - 12, '#');
  put("new/" + name(2), torn);
  torn.replace(received + 10, 1, 1, '\x01');
  put("new/" + name(3), torn);
  put("new/" + name(4), std::string(text.size(), 'D'));
  const auto report = recover();
  LONGS_EQUAL(3, report.repaired);
  for (const int sequence : {2, 3, 4}) CHECK(files.content("new/" + name(sequence)) == text);
}

// Of another host that shares the spool by mistake.
TEST(JournalRepair, LeavesAloneAnotherMessageOfTheSameName) {
  std::string other = text;
  other[text.find("Received: x") + 10] = 'y';
  other[text.find("T <b@")] = 'D';
  put("new/" + name(2), other);
  put("cur/" + name(3) + ":2,S", other);
  put("new/" + name(3), text.substr(0, 50));
  const auto report = recover();
  LONGS_EQUAL(2, report.messages);
  LONGS_EQUAL(1, report.repaired);
  CHECK(files.content("new/" + name(2)) == other);
  CHECK(files.content("cur/" + name(3) + ":2,S") == other);
  CHECK(files.content(cat("new/2.host~2,S=", text.size())) == text);
  CHECK(files.content("new/" + name(3)) == text);
}

TEST(JournalRepair, FindsAMessageThatHadToHaveAnotherName) {
  std::string other = text;
  other[text.find("Received: x") + 10] = 'y';
  const std::string path = cat("cur/2.host~2,S=", text.size(), ":2,S");
  put("new/" + name(2), other);
  put(path, text.substr(0, 50));
  const auto report = recover();
  LONGS_EQUAL(2, report.messages);
  LONGS_EQUAL(1, report.repaired);
  CHECK(files.content(path) == text);
  CHECK(files.content("new/" + name(2)) == other);
}

// A reader may have made it somebody else's.  What it holds is compared.
TEST(JournalRepair, GoesOnBehindAFileThatMustNotBeWritten) {
  std::string done = text;
  done[text.find("T <b@")] = 'D';
  put("cur/" + name(2) + ":2,S", done);
  files.protect("cur/" + name(2) + ":2,S");
  const auto report = recover();
  LONGS_EQUAL(0, report.damaged);
  LONGS_EQUAL(1, report.repaired);
  LONGS_EQUAL(2, report.messages);
  CHECK(journal.content("0.damaged").empty());
}

TEST(JournalRepair, WritesAMessageBesideATornFileThatMustNotBeWritten) {
  const std::string torn = text.substr(0, text.size() - 1) + '\0';
  put("cur/" + name(2), torn);
  put("new/" + name(3), text.substr(1));
  files.protect("cur/" + name(2));
  files.protect("new/" + name(3));
  const auto report = recover();
  LONGS_EQUAL(0, report.damaged);
  LONGS_EQUAL(3, report.messages);
  CHECK(files.content("cur/" + name(2)) == torn);
  CHECK(files.content("new/" + beside(2)) == text);
  CHECK(files.content("new/" + beside(3)) == text);
  STRCMP_CONTAINS("alert journal_repair_failed", log.text().c_str());
  STRCMP_CONTAINS(name(3).c_str(), log.text().c_str());
}

// The second time it is found where it was put, even where both names were taken.
TEST(JournalRepair, WritesItBesideOnce) {
  put("cur/" + name(2), "torn");
  files.protect("cur/" + name(2));
  put("new/" + name(3), "torn");
  files.protect("new/" + name(3));
  put("new/" + beside(3), "torn");
  files.protect("new/" + beside(3));
  for (int time = 0; time < 2; ++time) {
    end_round_again();
    LONGS_EQUAL(0, recover().damaged);
  }
  const std::string third = cat("3.host~3~3,S=", text.size());
  CHECK(files.names("new") == (Names{beside(2), name(3), beside(3), third, name(4)}));
}

// What comes behind may cut the recovery off, and the next one finds the message.
TEST(JournalRepair, TellsOfAFileThatMustNotBeWrittenAtOnce) {
  put("cur/" + name(2), "torn");
  files.protect("cur/" + name(2));
  const std::size_t begin = files.steps().size();
  recover();
  const auto append = std::find(files.steps().begin() + static_cast<std::ptrdiff_t>(begin),
                                files.steps().end(), "append tmp/3.host");
  const auto further = static_cast<std::size_t>(append - files.steps().begin()) - begin;
  for (const std::string& there : files.names("new")) {
    CHECK(files.remove("new/" + there).has_value());
  }
  end_round_again();
  const std::size_t told = log.text().size();
  files.fail_step(next_step() + further, EIO);
  CHECK(!spool::recover_slot(files, journal, 0, written));
  STRCMP_CONTAINS("journal_repair_failed", log.text().substr(told).c_str());
}

// The mark does not go back.
TEST(JournalRepair, WithAMarkWritesItBesideToo) {
  written = 4;
  put("new/" + name(2), "torn");
  files.protect("new/" + name(2));
  LONGS_EQUAL(1, recover().messages);
  CHECK(files.names("new") == (Names{name(2), beside(2)}));
  LONGS_EQUAL(4, written.load());
}

// Nobody knows whether it is torn.  With a mark it is not, since the machine lives.
TEST(JournalRepair, TakesAFileThatCannotBeReadForTornWithoutAMark) {
  put("cur/" + name(2), text);
  files.hide("cur/" + name(2));
  written = 4;
  LONGS_EQUAL(0, recover().messages);
  CHECK(log.text().find("journal_repair_failed") == std::string::npos);
  written = 0;
  end_round_again();
  recover();
  CHECK(files.content("new/" + beside(2)) == text);
  STRCMP_CONTAINS("journal_repair_failed", log.text().c_str());
}

// It is the only whole text that there is.
TEST(JournalRepair, ASlotThatIsNeededAndCannotBeKeptIsNotMarkedClean) {
  for (const char* tilde : {"", "~2", "~2~2"}) {
    const std::string path = cat("new/2.host", tilde, ",S=", text.size());
    put(path, "torn");
    files.protect(path);
  }
  for (const char* ending : {".damaged", ".damaged-2", ".damaged-3"}) {
    CHECK(journal.create(cat("0", ending), 1).has_value());
  }
  LONGS_EQUAL(1, recover().damaged);
  STRCMP_CONTAINS("alert journal_not_kept file=journal/0", log.text().c_str());
  LONGS_EQUAL(1, spool::take_slot(journal, spool::least_journal_size)->number);
  LONGS_EQUAL(1, recover().damaged);
}
