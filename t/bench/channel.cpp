// SPDX-License-Identifier: ISC
//
// t/bench/channel.cpp - a connection of a client that never waits, in the clear or under TLS.

#include "channel.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace postern::bench {

namespace {

constexpr std::size_t most_at_once = 16 * 1024;

Channel::Status status_of_tls(SSL* tls, int result) {
  const int error = SSL_get_error(tls, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Channel::Status::more;
  ERR_clear_error();
  return Channel::Status::failed;
}

}  // namespace

ClientContext new_client_context() {
  ClientContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

bool Channel::open(std::uint16_t port) {
  fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_.is_open()) return false;
  const int one = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(port);
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* address = reinterpret_cast<const sockaddr*>(&place);
  return ::connect(fd_.get(), address, sizeof place) == 0 || errno == EINPROGRESS;
}

void Channel::close() {
  tls_.reset();
  fd_.reset();
  output_.clear();
  written_ = 0;
}

void Channel::begin_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  SSL_set_fd(tls_.get(), fd_.get());
  SSL_set_quiet_shutdown(tls_.get(), 1);
  SSL_set_connect_state(tls_.get());
}

Channel::Status Channel::shake_hands() {
  const int result = SSL_do_handshake(tls_.get());
  return result == 1 ? Status::done : status_of_tls(tls_.get(), result);
}

Channel::Status Channel::write() {
  if (has_written_all()) return Status::done;
  const Status status = tls_ ? write_tls() : write_clear();
  if (status == Status::done) {
    output_.clear();
    written_ = 0;
  }
  return status;
}

Channel::Status Channel::write_clear() {
  while (!has_written_all()) {
    const ssize_t sent =
        ::send(fd_.get(), output_.data() + written_, output_.size() - written_, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINPROGRESS ? Status::more : Status::failed;
    written_ += static_cast<std::size_t>(sent);
  }
  return Status::done;
}

Channel::Status Channel::write_tls() {
  while (!has_written_all()) {
    std::size_t sent = 0;
    const int result =
        SSL_write_ex(tls_.get(), output_.data() + written_, output_.size() - written_, &sent);
    if (result != 1) return status_of_tls(tls_.get(), result);
    written_ += sent;
  }
  return Status::done;
}

Channel::Status Channel::read(std::string& input, bool is_ending) {
  std::array<char, most_at_once> piece;
  while (true) {
    if (tls_) {
      std::size_t got = 0;
      const int result = SSL_read_ex(tls_.get(), piece.data(), piece.size(), &got);
      if (result != 1) return status_of_tls(tls_.get(), result);
      input.append(piece.data(), got);
      continue;
    }
    const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (got < 0) return errno == EAGAIN ? Status::more : Status::failed;
    if (got == 0) return Status::failed;
    input.append(piece.data(), static_cast<std::size_t>(got));
    if (!is_ending && static_cast<std::size_t>(got) < piece.size()) return Status::more;
  }
}

}  // namespace postern::bench
