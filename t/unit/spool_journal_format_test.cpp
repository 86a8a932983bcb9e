// SPDX-License-Identifier: ISC
//
// t/unit/spool_journal_format_test.cpp - what is in a file of the journal, octet by octet.

#include "spool/journal_format.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/crc32c.h"
#include "base/text.h"
#include "model_files.h"
#include "model_journal.h"
#include "spool/journal_scanner.h"

#include <CppUTest/TestHarness.h>

using namespace postern::spool;
using postern::cat;
using postern::Errc;
using postern::test::ModelFiles;
using postern::test::ModelJournal;

namespace {

constexpr std::uint64_t round_of_test = 0x1122334455667788;

std::string whole_record(const JournalRecord& record) {
  std::string octets = format_record_head(record);
  octets += record.text;
  octets.resize(record_size(record.name.size(), record.text.size()));
  return octets;
}

JournalRecord record(std::uint64_t sequence, std::string_view text) {
  return {round_of_test, sequence, 5, "7.a.host", text};
}

}  // namespace

TEST_GROUP(JournalFormat) {
  const JournalHeader header{7, 100'000, round_of_test, 12, true};
  const std::string empty = std::string(journal_page, '\0');

  // The sequences that a scanner finds in a file with these octets behind the headers.
  std::string found(const std::string& octets) {
    ModelFiles disk;
    ModelJournal journal{disk};
    const std::uint64_t size = journal_records_begin + octets.size();
    const auto file = journal.create("0", size);
    CHECK((*file)->write(journal_records_begin, std::array{std::string_view{octets}}).has_value());
    JournalReader reader{**file};
    JournalScanner scanner{reader, round_of_test};
    std::string all;
    while (true) {
      const auto next = scanner.next();
      CHECK(next.has_value());
      if (!*next) return all;
      all += cat((*next)->record.sequence, "=", (*next)->record.text, " ");
    }
  }
};

TEST(JournalFormat, AHeaderIsReadFromEitherBlock) {
  CHECK(parse_headers(format_header(header) + empty) == header);
  CHECK(parse_headers(empty + format_header(header)) == header);
  CHECK(parse_headers(format_header(header)) == header);
}

TEST(JournalFormat, TheLaterHeaderCounts) {
  JournalHeader later = header;
  ++later.generation;
  later.is_clean = false;
  CHECK(parse_headers(format_header(header) + format_header(later)) == later);
  CHECK(parse_headers(format_header(later) + format_header(header)) == later);
  CHECK(header_offset(later.generation) != header_offset(header.generation));
}

TEST(JournalFormat, ADamagedHeaderDoesNotCount) {
  const std::string block = format_header(header);
  JournalHeader older = header;
  --older.generation;
  for (std::size_t at = 0; at < block.size(); ++at) {
    std::string damaged = block;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    CHECK(parse_headers(damaged + empty).error().code == Errc::syntax);
    CHECK(parse_headers(damaged + format_header(older)) == older);
  }
}

TEST(JournalFormat, AHeaderThatIsCutOffIsNone) {
  const std::string block = format_header(header);
  for (std::size_t size = 0; size < block.size(); ++size) {
    CHECK(parse_headers(block.substr(0, size)).error().code == Errc::syntax);
  }
}

// It must neither be put aside nor written over, whatever the other block says.
TEST(JournalFormat, AnotherVersionIsRefused) {
  // Version 2, with the checksum that belongs to it.
  std::string block = format_header(header);
  block[8] = 2;
  block.replace(12, 4, 4, '\0');
  const std::uint32_t sum = postern::crc32c(block);
  for (std::size_t i = 0; i < 4; ++i) block[12 + i] = static_cast<char>(sum >> (8 * i));
  const auto refused = parse_headers(block + format_header(header));
  CHECK(!refused);
  CHECK(refused.error().code == Errc::permanent);
  STRCMP_CONTAINS("version 2", refused.error().message().c_str());
}

TEST(JournalFormat, ARecordIsReadBack) {
  for (const std::string text : {"", "x", "seven..", "eight...", "a line\nand another\n"}) {
    const std::string octets = whole_record(record(9, text)) + "what stands behind it";
    CHECK(parse_record(octets, round_of_test) == record(9, text));
    LONGS_EQUAL(0, claimed_record_size(octets, round_of_test) % 8);
  }
}

TEST(JournalFormat, ARecordOfAnotherRoundIsNone) {
  CHECK(parse_record(whole_record(record(9, "text")), round_of_test + 1).error().code ==
        Errc::syntax);
}

TEST(JournalFormat, ARecordThatIsCutOffIsNone) {
  const std::string octets = whole_record(record(9, "a line\n"));
  for (std::size_t size = 0; size < octets.size(); ++size) {
    CHECK(parse_record(octets.substr(0, size), round_of_test).error().code == Errc::syntax);
  }
}

TEST(JournalFormat, ARecordWithADamagedBitIsNone) {
  const std::string octets = whole_record(record(9, "eight..."));
  for (std::size_t bit = 0; bit < 8 * octets.size(); ++bit) {
    std::string damaged = octets;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    CHECK(parse_record(damaged, round_of_test).error().code == Errc::syntax);
  }
}

// Recovery would make a file of it.
TEST(JournalFormat, ANameThatIsNoFilesIsNone) {
  const std::string longest(longest_record_name, 'n');
  for (const auto& [name, is_good] : {std::pair<std::string, bool>{"7.a\\057b.host", true},
                                      {longest, true},
                                      {longest + "n", false},
                                      {"", false},
                                      {"../new/7.a.host", false},
                                      {"a/b", false},
                                      {".a", false},
                                      {std::string{"a\0b", 3}, false}}) {
    JournalRecord named = record(9, "text");
    named.name = name;
    CHECK_EQUAL(is_good, parse_record(whole_record(named), round_of_test).has_value());
  }
}

TEST(JournalFormat, AHeadWithALengthThatCannotBeClaimsNothing) {
  JournalRecord named = record(9, "text");
  const std::string longer(longest_record_name + 1, 'n');
  named.name = longer;
  LONGS_EQUAL(0, claimed_record_size(whole_record(named), round_of_test));
}

TEST(JournalFormat, TheScannerFindsRecordsWhereverTheyStand) {
  const std::string page_end(journal_page, '\0');
  const std::string one = whole_record(record(3, "three"));
  const std::string two = whole_record(record(4, "four"));
  STRCMP_EQUAL("3=three 4=four ", found(one + two).c_str());
  STRCMP_EQUAL("4=four 3=three ", found(two + page_end + one).c_str());
  STRCMP_EQUAL("3=three ", found(std::string(16, 'x') + one + "rest").c_str());
  STRCMP_EQUAL("", found("").c_str());
}

TEST(JournalFormat, TheScannerSkipsWhatIsTornAtEveryOctet) {
  const std::string one = whole_record(record(3, "three"));
  const std::string two = whole_record(record(4, "four"));
  const std::string three = whole_record(record(5, "five"));
  for (std::size_t size = 0; size < two.size(); ++size) {
    std::string torn = two.substr(0, size);
    torn.resize(two.size(), '\xaa');
    if (torn.substr(0, two.size() - 4) == two.substr(0, two.size() - 4)) continue;  // only padding
    STRCMP_EQUAL("3=three 5=five ", found(one + torn + three).c_str());
  }
}

TEST(JournalFormat, TheScannerFindsARecordAcrossItsWindow) {
  const std::string large(JournalScanner::window_octets - 200, 'L');
  const std::string octets = whole_record(record(3, large)) + whole_record(record(4, large)) +
                             whole_record(record(5, "five"));
  STRCMP_EQUAL(cat("3=", large, " 4=", large, " 5=five ").c_str(), found(octets).c_str());
}

// A client may put into a message what it likes, but not a record: it cannot know the round.
TEST(JournalFormat, ARecordInAMessageIsNone) {
  JournalRecord forged = record(9, "forged");
  ++forged.round;
  const std::string text = "12345678" + whole_record(forged);
  STRCMP_EQUAL(cat("3=", text, " ").c_str(), found(whole_record(record(3, text))).c_str());
}
