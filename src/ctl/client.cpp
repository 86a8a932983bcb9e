// SPDX-License-Identifier: ISC
//
// ctl/client.cpp - one question to a running server.

#include "ctl/client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/local_socket.h"
#include "base/text.h"

namespace postern::ctl {

namespace {

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
  const auto fd = connect_local(socket);
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
