// SPDX-License-Identifier: ISC
//
// spool/recovery.cpp - what a start does about the files that the last run left behind.

#include "spool/recovery.h"

#include <cerrno>
#include <utility>

#include "base/text.h"

namespace postern::spool {

Result<Recovery> recover(FileOps& files, std::chrono::system_clock::time_point now,
                         std::chrono::seconds stale_after) {
  const auto entries = files.list("tmp");
  if (!entries) return tl::unexpected(entries.error());
  const std::int64_t oldest =
      std::chrono::floor<std::chrono::seconds>(now - stale_after).time_since_epoch().count();
  Recovery recovery;
  Result<void> first_error;
  for (const DirEntry& entry : *entries) {
    if (entry.modified_seconds >= oldest) continue;
    auto removed = files.remove(cat("tmp/", entry.name));
    if (removed) {
      ++recovery.removed;
    } else if (first_error && removed.error().sys_errno != ENOENT) {
      first_error = std::move(removed);
    }
  }
  if (!first_error) return tl::unexpected(std::move(first_error.error()));
  return recovery;
}

}  // namespace postern::spool
