// SPDX-License-Identifier: ISC
//
// t/unit/spool_journal_slot_test.cpp - which slots there are, and which go.

#include "spool/journal_slot.h"

#include <cerrno>
#include <vector>

#include "captured_log.h"
#include "model_files.h"
#include "model_journal.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::spool::JournalSlot;
using postern::test::CapturedLog;
using postern::test::ModelFiles;
using postern::test::ModelJournal;

using Numbers = std::vector<unsigned>;

TEST_GROUP(JournalSlot) {
  const CapturedLog log;
  ModelFiles files;
  ModelJournal journal{files};

  JournalSlot take() {
    return spool::take_slot(journal, spool::least_journal_size).value();
  }
  // As many clean ones as workers have had at once.
  void make(std::size_t count) {
    std::vector<JournalSlot> slots;
    while (slots.size() < count) slots.push_back(take());
  }
  void soil(JournalSlot & slot) {
    slot.header.is_clean = false;
    ++slot.header.generation;
    CHECK(spool::write_header(*slot.file, slot.header).has_value());
  }
  Numbers left() {
    return spool::slots_of(journal).value();
  }
};

TEST(JournalSlot, TheFirstOnesStayWhenThereAreTooMany) {
  make(4);
  LONGS_EQUAL(2, spool::trim_slots(journal, 2).value());
  CHECK(left() == (Numbers{0, 1}));
  LONGS_EQUAL(0, spool::trim_slots(journal, 2).value());
}

TEST(JournalSlot, NoneGoesThatSomebodyHolds) {
  make(3);
  const JournalSlot held = take();
  LONGS_EQUAL(0, held.number);
  LONGS_EQUAL(2, spool::trim_slots(journal, 0).value());
  CHECK(left() == (Numbers{0}));
}

TEST(JournalSlot, NoneGoesThatIsNotClean) {
  make(3);
  {
    JournalSlot slot = take();
    soil(slot);
  }
  LONGS_EQUAL(1, spool::trim_slots(journal, 1).value());
  CHECK(left() == (Numbers{0, 1}));
  LONGS_EQUAL(1, spool::trim_slots(journal, 0).value());
  CHECK(left() == (Numbers{0}));
}

TEST(JournalSlot, NoneGoesWithoutAHeaderThatCanBeRead) {
  make(2);
  journal.damage("1", 0, spool::journal_records_begin);
  LONGS_EQUAL(1, spool::trim_slots(journal, 0).value());
  CHECK(left() == (Numbers{1}));
}

TEST(JournalSlot, OthersGoBehindOneThatCannotBeRemoved) {
  for (std::size_t further = 1; further < 20; ++further) {
    make(2);
    files.fail_step(files.steps().size() + further, EIO);
    const auto removed = spool::trim_slots(journal, 0);
    if (files.failed_steps().back() != "remove journal/0") continue;
    LONGS_EQUAL(1, removed.value());
    CHECK(left() == (Numbers{0}));
    return;
  }
  FAIL("none is removed");
}

TEST(JournalSlot, WhatCannotBeRemovedIsAnError) {
  make(2);
  files.fail_step(files.steps().size() + 1, EIO);
  CHECK(!spool::trim_slots(journal, 0));
}
