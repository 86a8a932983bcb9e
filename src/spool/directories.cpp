// SPDX-License-Identifier: ISC
//
// spool/directories.cpp - the three directories of the Maildir that holds accepted mail.

#include "spool/directories.h"

namespace postern::spool {

Result<void> prepare_directories(FileOps& files) {
  for (const char* directory : {"tmp", "new", "cur"}) {
    if (auto made = files.make_directory(directory); !made) return made;
  }
  return files.sync_directory(".");
}

}  // namespace postern::spool
