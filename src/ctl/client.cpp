// SPDX-License-Identifier: ISC
//
// ctl/client.cpp - one question to a running server.

#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/text.h"
#include "base/unique_fd.h"

namespace postern::ctl {

namespace {

Result<UniqueFd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Errc::permanent, cat("socket path ", path, " is too long"));
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (!fd.is_open() || ::connect(fd.get(), generic, sizeof address) != 0) {
    return fail_errno(cat("connect to ", path, " (does posternd run?)"), errno);
  }
  return fd;
}

Result<std::string> read_all(int fd) {
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t octets = ::read(fd, buffer.data(), buffer.size());
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return fail_errno("read the reply", errno);
    if (octets == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(octets));
  }
}

}  // namespace

Result<Reply> ask(const std::string& socket, const std::string& line) {
  const auto fd = connect_to(socket);
  if (!fd) return tl::unexpected(fd.error());
  const std::string request = line + "\n";
  if (::send(fd->get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return fail_errno("send the request", errno);
  }
  const auto text = read_all(fd->get());
  if (!text) return tl::unexpected(text.error());
  constexpr std::string_view ok = "ok\n";
  constexpr std::string_view error = "error ";
  if (text->starts_with(ok)) return Reply{true, text->substr(ok.size())};
  if (text->starts_with(error)) {
    return Reply{false, std::string(trim(std::string_view(*text).substr(error.size())))};
  }
  return fail(Errc::syntax, cat("no reply from ", socket));
}

}  // namespace postern::ctl
