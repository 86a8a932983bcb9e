// SPDX-License-Identifier: ISC
//
// spool/journal_slot.cpp - the file of the journal that one worker writes into.

#include "spool/journal_slot.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "spool/journal_reader.h"

namespace postern::spool {

std::string slot_name(unsigned number) {
  return cat(number);
}

Result<std::vector<unsigned>> slots_of(JournalDirectory& directory) {
  const auto names = directory.list();
  if (!names) return tl::unexpected(names.error());
  std::vector<unsigned> numbers;
  for (const std::string& name : *names) {
    const auto number = parse_decimal<unsigned>(name);
    if (number && name == slot_name(*number)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<JournalHeader> read_header(JournalFile& file) {
  const auto blocks = JournalReader{file}.read(0, journal_records_begin);
  if (!blocks) return tl::unexpected(blocks.error());
  return parse_headers(*blocks);
}

Result<void> write_header(JournalFile& file, const JournalHeader& header) {
  const std::string block = format_header(header);
  const std::string_view piece = block;
  if (auto written = file.write(header_offset(header.generation), {&piece, 1}); !written) {
    return written;
  }
  return file.sync();
}

namespace {

Result<JournalSlot> make_slot(JournalDirectory& directory, unsigned number, std::uint64_t size) {
  auto file = directory.create(slot_name(number), size);
  if (!file) return tl::unexpected(std::move(file.error()));
  JournalSlot slot{number, std::move(*file), {.generation = 1, .size = size, .is_clean = true}};
  if (auto written = write_header(*slot.file, slot.header); !written) {
    return tl::unexpected(std::move(written.error()));
  }
  return slot;
}

}  // namespace

Result<JournalSlot> take_slot(JournalDirectory& directory, std::uint64_t size) {
  const auto numbers = slots_of(directory);
  if (!numbers) return tl::unexpected(numbers.error());
  for (const unsigned number : *numbers) {
    auto file = directory.open(slot_name(number));
    if (!file) return tl::unexpected(std::move(file.error()));
    if (!*file) continue;
    const auto header = read_header(**file);
    if (!header && header.error().code != Errc::syntax) {
      return fail(header.error().code,
                  cat("journal/", slot_name(number), " ", header.error().message()));
    }
    if (!header || !header->is_clean) continue;  // recovery's
    const bool fits = header->size == size && (*file)->size() == size;
    if (fits) return JournalSlot{number, std::move(*file), *header};
    if (auto removed = directory.remove(slot_name(number)); !removed) {
      return tl::unexpected(std::move(removed.error()));
    }
    auto slot = make_slot(directory, number, size);
    if (slot || slot.error().sys_errno != EEXIST) return slot;
  }
  // The first number that is free, and the next if another worker takes it first.
  unsigned number = 0;
  while (true) {
    while (std::find(numbers->begin(), numbers->end(), number) != numbers->end()) ++number;
    auto slot = make_slot(directory, number, size);
    if (slot || slot.error().sys_errno != EEXIST) return slot;
    ++number;
  }
}

Result<std::size_t> trim_slots(JournalDirectory& directory, std::size_t most) {
  const auto numbers = slots_of(directory);
  if (!numbers) return tl::unexpected(numbers.error());
  std::size_t clean = 0;
  std::size_t removed = 0;
  Result<void> first_error;
  const auto fail_with = [&first_error](const Error& error) {
    if (first_error) first_error = tl::unexpected(error);
  };
  for (const unsigned number : *numbers) {
    // Locked until it is gone, so that no worker takes it meanwhile.
    const auto file = directory.open(slot_name(number));
    if (!file) fail_with(file.error());
    if (!file || !*file) continue;
    const auto header = read_header(**file);
    if (!header || !header->is_clean || clean++ < most) continue;
    const auto gone = directory.remove(slot_name(number));
    if (!gone) fail_with(gone.error());
    if (gone) ++removed;
  }
  if (removed > 0) log::write(log::Level::info, "journal_trimmed", {{"slots", removed}});
  if (removed == 0 && !first_error) return tl::unexpected(first_error.error());
  return removed;
}

}  // namespace postern::spool
