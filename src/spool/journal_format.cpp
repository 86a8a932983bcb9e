// SPDX-License-Identifier: ISC
//
// spool/journal_format.cpp - what is in a file of the journal, octet by octet.
//
// Header block:  0 magic (8)  8 version (4)  12 checksum of the block, itself taken as 0 (4)
//                16 generation (8)  24 size (8)  32 round (8)  40 sequence (8)  48 clean (8)
// Head:          0 round (8)  8 sequence (8)  16 durable before (8)  24 octets of the name (4)
//                28 octets of the text (4)  32 checksum of head, itself taken as 0, name, text (4)
//                36 zeros (12)
// What stands before the generation is the same in all versions, as is the size of a block.

#include "spool/journal_format.h"

#include <optional>

#include "base/crc32c.h"
#include "base/text.h"

namespace postern::spool {

namespace {

constexpr std::string_view magic = "PstnJrnl";
constexpr std::size_t version_at = 8;
constexpr std::size_t header_checksum_at = 12;
constexpr std::size_t head_checksum_at = 32;
constexpr std::string_view no_checksum{"\0\0\0\0", 4};

template <typename Number>
void put(std::string& out, std::size_t at, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) {
    out[at + i] = static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
  }
}

template <typename Number>
Number get(std::string_view octets, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(octets[at + i]))
                                  << (8 * i));
  }
  return number;
}

// Of octets, where the four of the checksum itself count as 0.
std::uint32_t checksum(std::string_view octets, std::size_t checksum_at) {
  const std::uint32_t before = crc32c(octets.substr(0, checksum_at));
  return crc32c(octets.substr(checksum_at + no_checksum.size()), crc32c(no_checksum, before));
}

bool is_whole_block(std::string_view block) {
  return block.starts_with(magic) &&
         get<std::uint32_t>(block, header_checksum_at) == checksum(block, header_checksum_at);
}

// Of a directory's own: a worker in somebody else's hands could lead recovery to another with it.
bool is_file_name(std::string_view name) {
  constexpr std::string_view none{"/\0", 2};
  return !name.starts_with('.') && name.find_first_of(none) == std::string_view::npos;
}

JournalHeader parse_block(std::string_view block) {
  return {.generation = get<std::uint64_t>(block, 16),
          .size = get<std::uint64_t>(block, 24),
          .round = get<std::uint64_t>(block, 32),
          .sequence = get<std::uint64_t>(block, 40),
          .is_clean = get<std::uint64_t>(block, 48) != 0};
}

}  // namespace

std::string format_header(const JournalHeader& header) {
  std::string block(journal_page, '\0');
  block.replace(0, magic.size(), magic);
  put(block, version_at, journal_version);
  put(block, 16, header.generation);
  put(block, 24, header.size);
  put(block, 32, header.round);
  put(block, 40, header.sequence);
  put(block, 48, std::uint64_t{header.is_clean});
  put(block, header_checksum_at, checksum(block, header_checksum_at));
  return block;
}

Result<JournalHeader> parse_headers(std::string_view blocks) {
  std::optional<JournalHeader> newest;
  for (std::size_t at = 0; at + journal_page <= blocks.size() && at < journal_records_begin;
       at += journal_page) {
    const std::string_view block = blocks.substr(at, journal_page);
    if (!is_whole_block(block)) continue;
    const auto version = get<std::uint32_t>(block, version_at);
    if (version != journal_version) {
      return fail(Errc::permanent, cat("was written in version ", version,
                                       " of the journal, and this posternd knows ", journal_version,
                                       " only; run posternd -R of the release that wrote it"));
    }
    const JournalHeader header = parse_block(block);
    if (!newest || header.generation > newest->generation) newest = header;
  }
  if (!newest) return fail(Errc::syntax, "no header is whole");
  return *newest;
}

std::uint64_t record_size(std::size_t name_octets, std::size_t text_octets) {
  return (record_head_size + name_octets + text_octets + 7) / 8 * 8;
}

std::string format_record_head(const JournalRecord& record) {
  std::string head(record_head_size, '\0');
  put(head, 0, record.round);
  put(head, 8, record.sequence);
  put(head, 16, record.durable_before);
  put(head, 24, static_cast<std::uint32_t>(record.name.size()));
  put(head, 28, static_cast<std::uint32_t>(record.text.size()));
  const std::uint32_t so_far = crc32c(record.name, crc32c(head));
  put(head, head_checksum_at, crc32c(record.text, so_far));
  head += record.name;
  return head;
}

std::uint64_t claimed_record_size(std::string_view octets, std::uint64_t round) {
  if (octets.size() < record_head_size || get<std::uint64_t>(octets, 0) != round) return 0;
  const auto name_octets = get<std::uint32_t>(octets, 24);
  if (name_octets == 0 || name_octets > longest_record_name) return 0;
  return record_size(name_octets, get<std::uint32_t>(octets, 28));
}

Result<JournalRecord> parse_record(std::string_view octets, std::uint64_t round) {
  const std::uint64_t size = claimed_record_size(octets, round);
  if (size == 0) return fail(Errc::syntax, "no record of this round");
  if (size > octets.size()) return fail(Errc::syntax, "a record is cut off");
  const std::size_t name_octets = get<std::uint32_t>(octets, 24);
  const std::size_t text_octets = get<std::uint32_t>(octets, 28);
  const std::string_view all = octets.substr(0, record_head_size + name_octets + text_octets);
  if (get<std::uint32_t>(octets, head_checksum_at) != checksum(all, head_checksum_at)) {
    return fail(Errc::syntax, "a record is not whole");
  }
  const std::string_view name = octets.substr(record_head_size, name_octets);
  if (!is_file_name(name)) return fail(Errc::syntax, "a record has a name that is no file's");
  return JournalRecord{.round = round,
                       .sequence = get<std::uint64_t>(octets, 8),
                       .durable_before = get<std::uint64_t>(octets, 16),
                       .name = name,
                       .text = octets.substr(record_head_size + name_octets, text_octets)};
}

}  // namespace postern::spool
