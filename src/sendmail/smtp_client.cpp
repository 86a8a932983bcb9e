// SPDX-License-Identifier: ISC
//
// sendmail/smtp_client.cpp - a connection to the server, from the other end.

#include "sendmail/smtp_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.h"

namespace postern::sendmail {

namespace {

// RFC 5321 4.5.3.2.6: a client waits ten minutes for the reply to a text, which is the longest.
constexpr timeval longest_wait{10 * 60, 0};

void show(char who, std::string_view line) {
  std::fprintf(stderr, "%c %s\n", who, printable(line, 1000).c_str());
}

tl::unexpected<Error> failed(const char* what) {
  if (errno == EAGAIN) return fail(Errc::temporary, cat(what, ": the server takes too long"));
  return fail_errno(what, errno);
}

}  // namespace

SmtpClient::SmtpClient(UniqueFd fd, Dialogue dialogue) : fd_(std::move(fd)), dialogue_(dialogue) {
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &longest_wait, sizeof longest_wait);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &longest_wait, sizeof longest_wait);
}

Result<ServerReply> SmtpClient::read_reply() {
  for (;;) {
    std::string_view rest = unread_;
    auto reply = reader_.read(rest);
    unread_.erase(0, unread_.size() - rest.size());
    if (!reply) return tl::unexpected(std::move(reply.error()));
    if (*reply) {
      if (dialogue_ == Dialogue::shown) show('<', (*reply)->text());
      return std::move(**reply);
    }
    std::array<char, 4096> buffer{};
    const ssize_t octets = ::read(fd_.get(), buffer.data(), buffer.size());
    if (octets < 0 && errno == EINTR) continue;
    if (octets < 0) return failed("read a reply");
    if (octets == 0) return fail(Errc::temporary, "the server has closed the connection");
    unread_.assign(buffer.data(), static_cast<std::size_t>(octets));
  }
}

Result<ServerReply> SmtpClient::command(std::string_view line) {
  if (dialogue_ == Dialogue::shown) show('>', line);
  // A server that closes has said why; that is worth more than the error of the pipe.
  const auto sent = send(cat(line, "\r\n"));
  auto reply = read_reply();
  if (!sent && !reply) return tl::unexpected(sent.error());
  return reply;
}

Result<void> SmtpClient::send(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failed("send to the server");
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

}  // namespace postern::sendmail
