// SPDX-License-Identifier: ISC
//
// net/proxy_gate.cpp - a connection whose first octets are the header of a proxy.

#include "net/proxy_gate.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace postern::net {

ProxyGate::ProxyGate(Loop& loop, UniqueFd fd, std::chrono::seconds timeout, OnHeader on_header,
                     OnFailure on_failure)
    : fd_(std::move(fd)),
      on_header_(std::move(on_header)),
      on_failure_(std::move(on_failure)),
      watch_(loop, fd_.get(), [this] { read(); }),
      timer_(loop, [this] { fail("timed out"); }) {
  timer_.start(timeout);
}

// Looks first, and then takes as much as belongs to the header.
void ProxyGate::read() {
  std::array<char, ProxyReader::max_octets> octets;
  const ssize_t size = ::recv(fd_.get(), octets.data(), octets.size(), MSG_PEEK);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size < 0) return fail(std::generic_category().message(errno));
  if (size == 0) return fail("closed by peer");
  const auto step = reader_.read({octets.data(), static_cast<std::size_t>(size)});
  if (::recv(fd_.get(), octets.data(), step.consumed, 0) < 0) {
    return fail(std::generic_category().message(errno));
  }
  switch (step.status) {
    case ProxyReader::Status::need_input: return;
    case ProxyReader::Status::malformed: return fail("malformed header");
    case ProxyReader::Status::done: break;
  }
  watch_.pause();
  timer_.stop();
  on_header_(std::move(fd_), reader_.header());
}

void ProxyGate::fail(std::string_view reason) {
  watch_.pause();
  timer_.stop();
  on_failure_(reason);
}

}  // namespace postern::net
