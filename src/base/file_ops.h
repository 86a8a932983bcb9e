// SPDX-License-Identifier: ISC
//
// base/file_ops.h - the file system as the spool uses it, one call per step.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern {

struct FreeSpace {
  std::uint64_t octets;
  std::uint64_t inodes;
};

// A file in the tree below the spool's root.
struct DirEntry {
  std::string name;               // without its directory
  std::int64_t modified_seconds;  // of the last change, since 1970
};

// The seam between the spool and the disk.  Tests put a model here that fails or "loses
// power" at any chosen step.
//
// Paths are relative to the root that the implementation was opened on ("tmp/17f3").  An error
// names the step and the path, and leaves the file system as it was before the step, except
// that write may have written a part.
class FileOps {
 public:
  virtual ~FileOps() = default;

  // Creates a file that did not exist, mode 0600, open for writing.
  virtual Result<UniqueFd> create(const std::string& path) = 0;
  // Writes all of data behind what is there.
  virtual Result<void> append(int fd, std::string_view data) = 0;
  // A file that exists, open for write_at.
  virtual Result<UniqueFd> open(const std::string& path) = 0;
  // Writes all of data over what is there, from offset on.
  virtual Result<void> write_at(int fd, std::uint64_t offset, std::string_view data) = 0;
  // All that is in the file.
  virtual Result<std::string> read(const std::string& path) = 0;
  // Content of the file is on stable storage when this returns.
  virtual Result<void> sync_file(int fd) = 0;
  // Everything written so far to this file system is on stable storage when this returns.
  virtual Result<void> sync_all() = 0;
  // The names in the directory are on stable storage when this returns.
  virtual Result<void> sync_directory(const std::string& path) = 0;
  // Where the file system can, an existing to is an error and not replaced.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  // Makes the directory, mode 0700, unless it is there already.
  virtual Result<void> make_directory(const std::string& path) = 0;
  // Regular files only, in no order.
  virtual Result<std::vector<DirEntry>> list(const std::string& path) = 0;
  virtual Result<FreeSpace> free_space() = 0;
};

// The real one, on the directory root, which must exist.  It holds the directory open and
// uses it ever after, so a later chroot or chdir of the process does not matter.
Result<std::unique_ptr<FileOps>> open_file_ops(const std::string& root);

}  // namespace postern
