// SPDX-License-Identifier: ISC
//
// base/rename_new.cpp - a rename that replaces nothing.

#include "base/rename_new.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>

#include "base/unique_fd.h"

namespace postern {

int rename_new(int directory, const char* from, const char* to) {
  if (::renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return 0;
  return errno == EINVAL ? look_and_rename(directory, from, to) : errno;
}

int look_and_rename(int directory, const char* from, const char* to) {
  // By a call that each process is allowed that renames.
  const UniqueFd there{::openat(directory, to, O_PATH | O_NOFOLLOW | O_CLOEXEC)};
  if (there.is_open()) return EEXIST;
  if (errno != ENOENT) return errno;
  return ::renameat(directory, from, directory, to) == 0 ? 0 : errno;
}

}  // namespace postern
