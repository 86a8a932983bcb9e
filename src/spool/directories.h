// SPDX-License-Identifier: ISC
//
// spool/directories.h - the directories that hold accepted mail.

#pragma once

#include "base/file_ops.h"
#include "base/result.h"

namespace postern::spool {

// Makes tmp/, new/ and cur/ where they are missing.  Their own names are on stable storage when
// this returns: a message synced into a directory that a power failure takes away is lost.
Result<void> prepare_directories(FileOps& files);

// The same for journal/, which holds what the Maildir does not yet hold for certain.
Result<void> prepare_journal_directory(FileOps& files);

}  // namespace postern::spool
