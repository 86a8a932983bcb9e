// SPDX-License-Identifier: ISC
//
// base/write_all.cpp - a write at an offset that leaves nothing out.

#include "base/write_all.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace postern {

namespace {

// skipped: octets of the first piece that are written already.
ssize_t write_some(int fd, std::uint64_t offset, std::span<const std::string_view> pieces,
                   std::size_t skipped) {
  std::array<iovec, 256> parts{};
  const std::size_t count = std::min(pieces.size(), parts.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view piece = pieces[i].substr(i == 0 ? skipped : 0);
    // The call only reads from there.
    parts[i] = {const_cast<char*>(piece.data()), piece.size()};
  }
  return ::pwritev(fd, parts.data(), static_cast<int>(count), static_cast<off_t>(offset));
}

}  // namespace

int write_all(int fd, std::uint64_t offset, std::span<const std::string_view> pieces) {
  std::size_t skipped = 0;
  while (!pieces.empty()) {
    const ssize_t written = write_some(fd, offset, pieces, skipped);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    offset += static_cast<std::uint64_t>(written);
    skipped += static_cast<std::size_t>(written);
    while (!pieces.empty() && skipped >= pieces.front().size()) {
      skipped -= pieces.front().size();
      pieces = pieces.subspan(1);
    }
  }
  return 0;
}

}  // namespace postern
