// SPDX-License-Identifier: ISC
//
// spool/journal_format.h - what is in a file of the journal, octet by octet.
//
// Two blocks of header, written in turn, so that one is whole whenever the power fails; behind them
// the records.  Records of one group stand one behind the other; each group begins on a page of its
// own, so no page that holds an acknowledged record is written again before its time.  Where the
// groups stand tells nothing: a record counts if it is whole, of the round in the header, and not
// before the sequence in it.  All numbers are little-endian.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace postern::spool {

inline constexpr std::uint32_t journal_version = 1;
inline constexpr std::uint64_t journal_page = 4096;
inline constexpr std::uint64_t journal_records_begin = 2 * journal_page;
inline constexpr std::uint64_t least_journal_size = journal_records_begin + 16 * journal_page;

// The first of each round.  Not 1, so that the mark of what comes before it is not 0, which says
// nothing.
inline constexpr std::uint64_t first_sequence = 2;

struct JournalHeader {
  std::uint64_t generation = 0;  // grows with each block that is written; the greater one counts
  std::uint64_t size = 0;        // of the file in octets
  // Drawn at random by each worker that begins with the file, and in each of its records.  So no
  // record of another round counts, nor one that a client has put into a message.
  std::uint64_t round = 0;
  std::uint64_t sequence = first_sequence;  // what is before it is in the Maildir for good
  bool is_clean = false;                    // all is; nobody writes

  friend bool operator==(const JournalHeader&, const JournalHeader&) = default;
};

// Where the block belongs in the file.
constexpr std::uint64_t header_offset(std::uint64_t generation) {
  return generation % 2 * journal_page;
}

// journal_page octets.
std::string format_header(const JournalHeader& header);

// Both blocks as they were read from the file, journal_records_begin octets; one of which octets
// are missing is not whole. Errc::permanent if another version has written one of them,
// Errc::syntax if neither is whole.
Result<JournalHeader> parse_headers(std::string_view blocks);

// One message: its file in the Maildir is "new/<name>,S=<size of text>".
struct JournalRecord {
  std::uint64_t round = 0;
  std::uint64_t sequence = 0;        // grows by one from record to record of a round
  std::uint64_t durable_before = 0;  // what is before it was on stable storage then
  std::string_view name;             // "<seconds>.<id>.<host>": of a file, so it has no "/"
  std::string_view text;             // of the whole file

  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

inline constexpr std::size_t record_head_size = 48;
inline constexpr std::size_t longest_record_name = 255;  // as of a file

// Octets that a record takes up: a multiple of 8.
std::uint64_t record_size(std::size_t name_octets, std::size_t text_octets);

// What stands before the text: the head, and the name.  Behind the text stand zeros up to
// record_size.
std::string format_record_head(const JournalRecord& record);

// The record at the start of octets, which may go on behind it; the views are into octets.
// Errc::syntax if there is none of this round, or it is not whole.
Result<JournalRecord> parse_record(std::string_view octets, std::uint64_t round);

// The size of the record at the start of octets, as its head has it, which may be wrong; 0 if
// octets do not begin with a head of this round, or its name is of a length that none has.
std::uint64_t claimed_record_size(std::string_view octets, std::uint64_t round);

}  // namespace postern::spool
