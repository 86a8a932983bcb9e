// SPDX-License-Identifier: ISC
//
// spool/recovery.h - what a start does about the files that the last run left behind.

#pragma once

#include <chrono>
#include <cstdint>

#include "base/file_ops.h"
#include "base/result.h"

namespace postern::spool {

// What the Maildir convention grants a writer.  No timeout of a session is nearly as long.
inline constexpr std::chrono::hours maildir_stale_after{36};

struct Recovery {
  std::uint64_t removed = 0;  // stale files in tmp/
};

// What a start does before it serves: removes files in tmp/ that no running worker can be
// writing any more, those unchanged for longer than stale_after.  Nothing in tmp/ was ever
// answered 250; nothing in new/ or cur/ is touched.
//
// A file that cannot be removed does not keep the others from going; the error is then that
// of the first such file.  Files that another sweeper removes meanwhile are no error.
Result<Recovery> recover(FileOps& files, std::chrono::system_clock::time_point now,
                         std::chrono::seconds stale_after);

}  // namespace postern::spool
