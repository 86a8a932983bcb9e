// SPDX-License-Identifier: ISC
//
// spool/journal_recovery.h - what a worker that died has left in the journal.

#pragma once

#include <cstdint>
#include <optional>

#include "base/file_ops.h"
#include "base/journal_file.h"
#include "base/result.h"
#include "spool/written_mark.h"

namespace postern::spool {

struct JournalRecovery {
  std::uint64_t slots = 0;     // that were not clean, and are now, or are kept aside
  std::uint64_t held = 0;      // that another process holds, or held just now: look again
  std::uint64_t messages = 0;  // written into the Maildir
  // That were there, and were written again where they are; so is what a recovery before that was
  // cut off has written.
  std::uint64_t repaired = 0;
  // Acknowledged, and not brought there whole: unreadable in the journal, where a bad page counts
  // as 1 at the least, or torn in files that must not be written under each name it could have.
  std::uint64_t damaged = 0;
};

// Brings what is in slot number into the Maildir, and marks the slot clean.  A slot that is clean,
// or is not there, needs nothing.  Waits for the disk.
//
// Each message is looked for in new/ and cur/.  Where it is there its octets are written again, but
// for the marks of the recipients.  Where it is not: if
// written is not 0, the worker has died and the machine lives on, so what stands before the mark
// was taken by a program, and the rest is written.  Else, after a power failure or when a sync has
// failed, it is written in any case; so a message that a program has taken and removed since may
// come back.
//
// round is that of the worker whose mark it is, if known.  A slot of another round is somebody
// else's by now: nothing is done, and it counts as held.
//
// A disk that is full makes slots go that are clean and that nobody holds (journal_trimmed).
//
// Recovery may be cut off anywhere, and be done again.  An error says what did not work: the slot
// is as it was or further, and nothing is lost.  A page that the disk does not give back is no
// error: the rest is recovered.  Records that were acknowledged and are damaged, or may have been
// in such a page or where a file that is too short had its end, are told by the event
// journal_damaged, and the file is kept aside.
//
// A file of the Maildir that is torn, or cannot be looked at, and must not be written is told by
// the event journal_repair_failed; the message is then written beside it, under other_path.  A slot
// that has the only whole text of a message is never marked clean.
Result<JournalRecovery> recover_slot(FileOps& files, JournalDirectory& directory, unsigned number,
                                     WrittenMark& written,
                                     std::optional<std::uint64_t> round = std::nullopt);

// The same for each slot that there is, with no mark: before anybody serves, or for posternd -R.
// Goes on behind a slot that fails; the error is then that of the first.
Result<JournalRecovery> recover_journal(FileOps& files, JournalDirectory& directory);

}  // namespace postern::spool
