// SPDX-License-Identifier: ISC
//
// base/directory_id.h - which directory it is, and whether it was mounted anew.

#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace postern {

// Those of two directories differ; and those of one directory before and after its file system was
// mounted anew, if the kernel can tell that (Linux 6.8).
struct DirectoryId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  // 0: that of no directory
  std::uint64_t mount = 0;

  // Whether it is the same directory, perhaps of another mount.
  bool is_same_file(const DirectoryId& other) const {
    return device == other.device && inode == other.inode;
  }

  friend bool operator==(const DirectoryId&, const DirectoryId&) = default;
};

Result<DirectoryId> identify_directory(const std::string& path);

}  // namespace postern
