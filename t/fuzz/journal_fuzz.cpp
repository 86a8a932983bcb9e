// SPDX-License-Identifier: ISC
//
// t/fuzz/journal_fuzz.cpp - a file of the journal as a failing disk may give it back.
//
// The input is what stands behind a choice, of a round that people can read, "@@@@@@@@".  A whole
// record behind it is found whatever stands before.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/journal_file.h"
#include "cut.h"
#include "spool/journal_format.h"
#include "spool/journal_reader.h"
#include "spool/journal_scanner.h"

using namespace postern;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

constexpr std::uint64_t round_of_test = 0x4040404040404040;  // "@@@@@@@@"

class OctetFile final : public JournalFile {
 public:
  explicit OctetFile(std::string octets) : octets_(std::move(octets)) {}

  std::uint64_t size() const override { return octets_.size(); }
  Result<void> write(std::uint64_t, std::span<const std::string_view>) override { return {}; }
  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    return offset > octets_.size() ? std::string{} : octets_.substr(offset, size);
  }
  void stop_reading() override {}
  Result<void> sync() override { return {}; }
  int fd() const override { return -1; }
  Result<UniqueFd> open_again() const override { return UniqueFd{}; }

 private:
  std::string octets_;
};

std::string whole_record(std::uint64_t sequence, std::string_view text) {
  const spool::JournalRecord record{round_of_test, sequence, 2, "name", text};
  std::string octets = spool::format_record_head(record);
  octets += text;
  octets.resize(spool::record_size(record.name.size(), text.size()));
  return octets;
}

void check_headers(std::string_view text) {
  const PieceBuffer buffer{std::string(text)};
  const auto header = spool::parse_headers(buffer.view());
  if (header) require(spool::parse_headers(spool::format_header(*header)) == *header);
}

void check_record(std::string_view text) {
  const PieceBuffer buffer{std::string(text)};
  const auto record = spool::parse_record(buffer.view(), round_of_test);
  if (!record) return;
  require(record->round == round_of_test);
  std::string again = spool::format_record_head(*record);
  again += record->text;
  again.resize(spool::record_size(record->name.size(), record->text.size()));
  require(spool::parse_record(again, round_of_test) == *record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const bool has_record = input.choose(2) == 1;
  const std::string_view text = input.text();
  check_headers(text);
  check_record(text);
  std::string octets(spool::journal_records_begin, '\0');
  octets += text;
  octets.resize((octets.size() + 7) / 8 * 8);
  if (has_record) octets += whole_record(7, text);
  OctetFile file{octets};
  spool::JournalReader reader{file};
  spool::JournalScanner scanner{reader, round_of_test};
  std::uint64_t end = spool::journal_records_begin;
  bool has_found = false;
  while (true) {
    const auto found = scanner.next();
    require(found.has_value());
    if (!*found) break;
    require((*found)->offset >= end && (*found)->offset + (*found)->size <= octets.size());
    end = (*found)->offset + (*found)->size;
    has_found = has_found || ((*found)->record.sequence == 7 && (*found)->record.text == text);
  }
  require(has_found || !has_record);
  return 0;
}
