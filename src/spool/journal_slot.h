// SPDX-License-Identifier: ISC
//
// spool/journal_slot.h - the file of the journal that one worker writes into.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/journal_file.h"
#include "base/result.h"
#include "spool/journal_format.h"

namespace postern::spool {

// Slots are numbered, and called so ("0", "1"); what is in a file with another name is left alone.
struct JournalSlot {
  unsigned number = 0;
  std::unique_ptr<JournalFile> file;  // locked
  JournalHeader header;               // the newest; clean
};

// A worker's, before it serves: the first slot that is clean and that nobody holds, else a new one
// of size octets.  A clean one of another size, or cut short, is made anew.  Slots that are not
// clean are left for recovery (spool/journal_recovery.h).  Waits for the disk: a new slot is
// written from end to end.
//
// Fails with Errc::permanent if a slot that nobody holds was written by another version.
Result<JournalSlot> take_slot(JournalDirectory& directory, std::uint64_t size);

// Removes clean slots that nobody holds until they are no more than most, the greatest numbers
// first; returns how many went, which the event journal_trimmed tells.  Their room is all that is
// lost.  Goes on behind one that fails; an error, that of the first, if none went.
Result<std::size_t> trim_slots(JournalDirectory& directory, std::size_t most);

std::string slot_name(unsigned number);

// The slots that there are, in order.
Result<std::vector<unsigned>> slots_of(JournalDirectory& directory);

// The newest header of a slot that can be read; errors as those of parse_headers, or the disk's.
Result<JournalHeader> read_header(JournalFile& file);

// Writes and syncs one block.
Result<void> write_header(JournalFile& file, const JournalHeader& header);

}  // namespace postern::spool
