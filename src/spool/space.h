// SPDX-License-Identifier: ISC
//
// spool/space.h - whether there is room for more mail.

#pragma once

#include <cstdint>

#include "base/file_ops.h"
#include "base/result.h"

namespace postern::spool {

// Whether the file system has at least min_octets and min_inodes free.  An error of
// Errc::temporary says what is short; the server answers MAIL with 452 4.3.1.
Result<void> check_free_space(FileOps& files, std::uint64_t min_octets, std::uint64_t min_inodes);

}  // namespace postern::spool
