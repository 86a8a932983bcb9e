// SPDX-License-Identifier: ISC
//
// t/unit/spool_journal_crash_test.cpp - what a 250 from the journal is worth when the disk fails,
// the power goes or the process dies, at any step.
//
// Each seed is the life of one worker (journal_life.h), and behind it the promises of
// postern-spool(5) are looked at.  POSTERN_CRASH_SEEDS in the environment sets how many lives are
// lived.  The last test leaves one precaution out: there each search must find something.

#include <cstdlib>
#include <string>
#include <utility>

#include "base/text.h"
#include "journal_life.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::test::Life;
using postern::test::Omission;

namespace {

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
  STRCMP_EQUAL("", search(seeds(2000), Omission::none).c_str());
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
    CHECK_TEXT(!found.empty(), cat("omission ", static_cast<int>(omission)).c_str());
    STRCMP_CONTAINS(fault, found.c_str());
  }
}
