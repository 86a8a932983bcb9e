// SPDX-License-Identifier: ISC
//
// spool/flusher.h - who waits for the disk in the committer's place.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace postern::spool {

// Syncs, while the caller does other things.  At most one sync_journal and one checkpoint are under
// way at a time, and a checkpoint must not delay a sync_journal.
//
// done is called exactly once, from the event loop and never from within the call itself.  It may
// call the flusher again, but must not destroy it.  A flusher that is destroyed calls nobody.  One
// that cannot go on (its process has died) says so with an error without errno to all that is under
// way, and to all that comes later; other errors have the disk's.
//
// Linux tells each open file description once of a write that was lost.  So sync_journal,
// checkpoint and the committer each need the journal opened for itself (JournalFile::open_again),
// from before the committer writes its first record: else the one could be told what the other had
// to know.  The same holds for the descriptor of syncfs.  A process that does the work keeps a copy
// of JournalFile::fd() open as long as it lives: that lock keeps recovery away.
class Flusher {
 public:
  using Done = std::function<void(const Result<void>&)>;

  // A block of the journal's header and where it belongs (0 or 4096 in the file; 4096 octets).
  struct HeaderBlock {
    std::uint64_t offset;
    std::string octets;
  };

  virtual ~Flusher() = default;

  // Success: all that was written into the journal before the call is on stable storage
  // (fdatasync).
  virtual void sync_journal(Done done) = 0;

  // Two steps, the second only if the first has succeeded: all that was written to the file system
  // of the spool before the call becomes durable (syncfs); then the block is written into the
  // journal and made durable (fdatasync).
  virtual void checkpoint(HeaderBlock block, Done done) = 0;
};

}  // namespace postern::spool
