// SPDX-License-Identifier: ISC
//
// spool/directories.h - the three directories of the Maildir that holds accepted mail.

#pragma once

#include "base/file_ops.h"
#include "base/result.h"

namespace postern::spool {

// Makes tmp/, new/ and cur/ where they are missing.  Their own names are on stable storage when
// this returns: a message synced into a directory that a power failure takes away is lost.
Result<void> prepare_directories(FileOps& files);

}  // namespace postern::spool
