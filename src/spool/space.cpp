// SPDX-License-Identifier: ISC
//
// spool/space.cpp - whether there is room for more mail.

#include "spool/space.h"

#include "base/text.h"

namespace postern::spool {

Result<void> check_free_space(FileOps& files, std::uint64_t min_octets, std::uint64_t min_inodes) {
  const auto free = files.free_space();
  if (!free) return tl::unexpected(free.error());
  if (free->octets < min_octets) {
    return fail(Errc::temporary, cat("the spool's file system has ", free->octets,
                                     " octets free, and ", min_octets, " must stay free"));
  }
  if (free->inodes < min_inodes) {
    return fail(Errc::temporary, cat("the spool's file system has ", free->inodes,
                                     " inodes free, and ", min_inodes, " must stay free"));
  }
  return {};
}

}  // namespace postern::spool
