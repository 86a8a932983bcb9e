// SPDX-License-Identifier: ISC
//
// base/directory_id.cpp - which directory it is, and whether it was mounted anew.

#include "base/directory_id.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "base/text.h"

namespace postern {

namespace {

// STATX_MNT_ID_UNIQUE, which older headers do not know; an older kernel gives an id that the next
// mount may have again.
constexpr unsigned unique_mount_id = 0x4000;

}  // namespace

Result<DirectoryId> identify_directory(const std::string& path) {
  struct statx status {};
  const unsigned wanted = STATX_INO | STATX_MNT_ID | unique_mount_id;
  if (::statx(AT_FDCWD, path.c_str(), 0, wanted, &status) != 0) {
    return fail_errno(cat("look at ", path), errno);
  }
  return DirectoryId{::gnu_dev_makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino,
                     status.stx_mnt_id};
}

}  // namespace postern
