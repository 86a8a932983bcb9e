// SPDX-License-Identifier: ISC
//
// sendmail/conversation.cpp - whoever started us speaks with the server himself.

#include "sendmail/conversation.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace postern::sendmail {

namespace {

using Buffer = std::array<char, 16384>;

ssize_t read_some(int fd, Buffer& buffer) {
  ssize_t octets = 0;
  do {
    octets = ::read(fd, buffer.data(), buffer.size());
  } while (octets < 0 && errno == EINTR);
  return octets;
}

template <typename Write>
Result<void> pass_on(std::string_view octets, const char* what, Write write) {
  while (!octets.empty()) {
    const ssize_t written = write(octets);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(what, errno);
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

std::string_view view_of(const Buffer& buffer, ssize_t octets) {
  return {buffer.data(), static_cast<std::size_t>(octets)};
}

}  // namespace

Result<void> converse(int server) {
  Buffer buffer{};
  std::array<pollfd, 2> ready{pollfd{server, POLLIN, 0}, pollfd{STDIN_FILENO, POLLIN, 0}};
  for (;;) {
    constexpr int forever = -1;
    if (::poll(ready.data(), ready.size(), forever) < 0) {
      if (errno == EINTR) continue;
      return fail_errno("wait for input", errno);
    }
    if (ready[0].revents != 0) {
      const ssize_t octets = read_some(server, buffer);
      if (octets < 0) return fail_errno("read from the server", errno);
      if (octets == 0) return {};
      const auto passed = pass_on(
          view_of(buffer, octets), "write to standard output",
          [](std::string_view text) { return ::write(STDOUT_FILENO, text.data(), text.size()); });
      if (!passed) return passed;
    }
    if (ready[1].revents != 0) {
      const ssize_t octets = read_some(STDIN_FILENO, buffer);
      if (octets <= 0) {  // the server may have more to say
        ::shutdown(server, SHUT_WR);
        ready[1].fd = -1;
        continue;
      }
      const auto passed =
          pass_on(view_of(buffer, octets), "write to the server", [server](std::string_view text) {
            return ::send(server, text.data(), text.size(), MSG_NOSIGNAL);
          });
      // A server that has closed has said why, and that is yet to be read.
      if (!passed) ready[1].fd = -1;
    }
  }
}

}  // namespace postern::sendmail
