// SPDX-License-Identifier: ISC
//
// spool/journal_scanner.h - the records in a file of the journal.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "spool/journal_format.h"
#include "spool/journal_reader.h"

namespace postern::spool {

// Finds each record of one round that is whole, in the order in which they stand in the file, which
// says nothing.  What is torn or damaged is skipped: no record depends on another.  Needs memory
// for one record and a window.
class JournalScanner {
 public:
  static constexpr std::size_t window_octets = std::size_t{1} << 20;

  struct Found {
    std::uint64_t offset;
    std::uint64_t size;    // that the record takes up
    JournalRecord record;  // views that the next call ends
  };

  JournalScanner(JournalReader& file, std::uint64_t round) : file_(file), round_(round) {}

  // Nothing: that was the last.  An error is the disk's.
  Result<std::optional<Found>> next();

 private:
  Result<bool> fill(std::uint64_t octets);
  std::string_view ahead() const { return std::string_view{window_}.substr(at_ - window_at_); }

  JournalReader& file_;
  std::uint64_t round_;
  std::uint64_t at_ = journal_records_begin;
  std::uint64_t window_at_ = journal_records_begin;
  std::string window_;
};

}  // namespace postern::spool
