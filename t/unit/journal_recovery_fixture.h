// SPDX-License-Identifier: ISC
//
// t/unit/journal_recovery_fixture.h - a slot of the journal that a worker has left with three
// records.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "captured_log.h"
#include "model_files.h"
#include "model_journal.h"
#include "spool/directories.h"
#include "spool/journal_recovery.h"
#include "spool/journal_slot.h"

#include <CppUTest/TestHarness.h>

namespace postern::test {

using Names = std::vector<std::string>;

inline constexpr std::uint64_t round_of_test = 99;

// Two recipients, whose marks may change.
inline const std::string text =
    "Return-Path: <>\nPostern-Envelope: 1; id=x; body=7BIT\n"
    "Postern-Recipient: T <a@example.org>\nPostern-Recipient: T <b@example.org>\n"
    "Received: x\n\nPostern-Recipient: T <c@example.org>\n";

inline const std::string file_name = cat(".host,S=", text.size());

struct JournalRecoveryFixture : Utest {
  const CapturedLog log;
  ModelFiles files;
  ModelJournal journal{files};
  spool::WrittenMark written{0};
  std::uint64_t end = spool::journal_records_begin;  // of the records so far

  void setup() override {
    CHECK(spool::prepare_directories(files).has_value());
    auto slot = spool::take_slot(journal, spool::least_journal_size);
    slot->header.round = round_of_test;
    slot->header.is_clean = false;
    ++slot->header.generation;
    CHECK(spool::write_header(*slot->file, slot->header).has_value());
    add(2, 2);
    add(3, 2);
    add(4, 4);
  }

  void add(std::uint64_t sequence, std::uint64_t durable_before) {
    const std::string name = cat(sequence, ".host");
    const spool::JournalRecord record{round_of_test, sequence, durable_before, name, text};
    CHECK(journal.write("0", end, spool::format_record_head(record) + text).has_value());
    end += spool::record_size(name.size(), text.size());
  }

  // The slot as it was before a recovery that was cut off when it had done all but the header.
  void end_round_again() {
    const auto file = journal.open("0");
    spool::JournalHeader header = *spool::read_header(**file);
    ++header.generation;
    header.is_clean = false;
    CHECK(spool::write_header(**file, header).has_value());
  }

  void put(const std::string& path, std::string_view content) {
    const auto fd = files.create(path);
    CHECK(files.append(fd->get(), content).has_value());
  }

  spool::JournalRecovery recover() {
    const auto report = spool::recover_slot(files, journal, 0, written);
    CHECK(report.has_value());
    return *report;
  }

  static std::string name(int sequence) { return cat(sequence, file_name); }
  static std::string beside(int sequence) {
    return cat(sequence, ".host~", sequence, ",S=", text.size());
  }
  std::size_t next_step() const { return files.steps().size() + 1; }
};

}  // namespace postern::test
