// SPDX-License-Identifier: ISC
//
// base/write_all.h - a write at an offset that leaves nothing out.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace postern {

// Writes the pieces, one behind the other, from offset on, however little the system takes at a
// time.  Returns 0, or the errno of the call that has failed; then any part of them may have been
// written.
int write_all(int fd, std::uint64_t offset, std::span<const std::string_view> pieces);

}  // namespace postern
