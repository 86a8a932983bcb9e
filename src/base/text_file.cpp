// SPDX-License-Identifier: ISC
//
// base/text_file.cpp - a small file as one string.

#include "base/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "base/unique_fd.h"

namespace postern {

namespace {

// In octets.  A FIFO would wait for a writer, a device may have no end.
Result<std::size_t> size_of_regular(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno("cannot be read", errno);
  if (S_ISDIR(status.st_mode)) return fail(Errc::permanent, "is a directory");
  if (!S_ISREG(status.st_mode)) return fail(Errc::permanent, "is not a regular file");
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t max_octets) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (!fd.is_open()) return fail_errno("cannot be opened", errno);
  const auto size = size_of_regular(fd.get());
  if (!size) return tl::unexpected(size.error());
  // Straight into a string that need not grow: whoever reads a secret can wipe it then, for there
  // is no copy elsewhere.
  std::string text(std::min(*size, max_octets) + 1, '\0');
  std::size_t end = 0;
  for (;;) {
    const ssize_t octets = ::read(fd.get(), text.data() + end, text.size() - end);
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return fail_errno("cannot be read", errno);
    end += static_cast<std::size_t>(octets);
    if (octets == 0 || end > max_octets) break;
    if (end == text.size()) text.resize(std::min(2 * end, max_octets) + 1);  // it has grown
  }
  if (end > max_octets) return fail(Errc::limit, cat("has more than ", max_octets, " octets"));
  text.resize(end);
  return text;
}

}  // namespace postern
