// SPDX-License-Identifier: ISC
//
// base/local_socket.cpp - connections to servers on this machine.

#include "base/local_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"

namespace postern {

Result<UniqueFd> connect_local(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Errc::permanent, cat("socket path ", path, " is too long"));
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  // A server that has stopped takes nobody out of a backlog that is full.
  constexpr timeval patience{60, 0};
  constexpr timeval no_limit{};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (!fd.is_open() || ::connect(fd.get(), generic, sizeof address) != 0) {
    return fail_errno(cat("connect to ", path, " (does posternd run?)"), errno);
  }
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &no_limit, sizeof no_limit);
  return fd;
}

}  // namespace postern
