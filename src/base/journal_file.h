// SPDX-License-Identifier: ISC
//
// base/journal_file.h - the files of the journal, one call per step.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern {

// A file of fixed size that is written over and over again.  Beside FileOps the other seam between
// the spool and the disk: tests put a model here.
//
// Who has it holds a lock on it (flock), which goes with the last copy of fd() in any process.  An
// error names the step and the file.
class JournalFile {
 public:
  virtual ~JournalFile() = default;

  virtual std::uint64_t size() const = 0;

  // Writes the pieces, one behind the other, from offset on.  They must fit into size().  After an
  // error any part of them may have been written.
  virtual Result<void> write(std::uint64_t offset, std::span<const std::string_view> pieces) = 0;

  // Up to size octets from offset on: fewer only at the end of the file.
  virtual Result<std::string> read(std::uint64_t offset, std::size_t size) = 0;

  // From now on each read fails: no descriptor is left that could.  So whoever takes over a process
  // that has it cannot find out what was written before.
  virtual void stop_reading() = 0;

  // All that was written is on stable storage when this returns.  Waits for the disk.
  virtual Result<void> sync() = 0;

  // The descriptor with the lock, open for writing only.  Whoever writes or syncs for the owner, in
  // another process, keeps a copy of it open, so that nobody takes the file for a dead one's
  // meanwhile.
  virtual int fd() const = 0;

  // The same file opened once more, for writing only, without the lock.  Linux tells each
  // open file description once of a write that was lost, so each process that syncs needs one that
  // nobody else syncs.
  virtual Result<UniqueFd> open_again() const = 0;
};

// The directory that the journal's files are in.  Holds it open, as FileOps does.  Must outlive
// each JournalFile::open_again.
class JournalDirectory {
 public:
  virtual ~JournalDirectory() = default;

  // The names of the regular files in it, in no order.
  virtual Result<std::vector<std::string>> list() = 0;

  // Opens and locks a file.  nullptr: another process has the lock, or has removed it just now.
  virtual Result<std::unique_ptr<JournalFile>> open(const std::string& name) = 0;

  // Creates a file that did not exist, mode 0600 (EEXIST if it did, or if somebody else was quicker
  // to lock it), locks it and fills it with zeros, which are on stable storage when this returns,
  // as is the name.  So no later write needs room, and no sync has to write more than the octets.
  // Leaves nothing behind if it fails.
  virtual Result<std::unique_ptr<JournalFile>> create(const std::string& name,
                                                      std::uint64_t size) = 0;

  // An existing to is an error.  The new name is on stable storage when this returns.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& name) = 0;
};

// The real one.  path must exist, and is no symbolic link.
Result<std::unique_ptr<JournalDirectory>> open_journal_directory(const std::string& path);

}  // namespace postern
