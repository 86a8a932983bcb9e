// SPDX-License-Identifier: ISC
//
// base/text_file.cpp - a small file as one string.

#include "base/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "base/unique_fd.h"

namespace postern {

namespace {

// A FIFO would wait for a writer, a device may have no end.
Result<void> check_regular(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno("cannot be read", errno);
  if (S_ISDIR(status.st_mode)) return fail(Errc::permanent, "is a directory");
  if (!S_ISREG(status.st_mode)) return fail(Errc::permanent, "is not a regular file");
  return {};
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t max_octets) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!fd.is_open()) return fail_errno("cannot be opened", errno);
  if (const auto regular = check_regular(fd.get()); !regular) {
    return tl::unexpected(regular.error());
  }
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t octets = ::read(fd.get(), buffer.data(), buffer.size());
    if (octets == 0) return text;
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return fail_errno("cannot be read", errno);
    text.append(buffer.data(), static_cast<std::size_t>(octets));
    if (text.size() > max_octets) {
      return fail(Errc::limit, cat("has more than ", max_octets, " octets"));
    }
  }
}

}  // namespace postern
