// SPDX-License-Identifier: ISC
//
// spool/directories.cpp - the directories that hold accepted mail.

#include "spool/directories.h"

namespace postern::spool {

Result<void> prepare_directories(FileOps& files) {
  for (const char* directory : {"tmp", "new", "cur"}) {
    if (auto made = files.make_directory(directory); !made) return made;
  }
  return files.sync_directory(".");
}

Result<void> prepare_journal_directory(FileOps& files) {
  if (auto made = files.make_directory("journal"); !made) return made;
  return files.sync_directory(".");
}

}  // namespace postern::spool
