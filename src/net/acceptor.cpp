// SPDX-License-Identifier: ISC
//
// net/acceptor.cpp - takes connections from a listening socket.

#include "net/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "net/kernel_address.h"

namespace postern::net {

namespace {

constexpr int batch = 64;
constexpr std::chrono::milliseconds pause_time{200};

// Another worker may make room, and so nobody says when.
constexpr std::chrono::milliseconds room_time{50};

PeerAddress peer_of(int fd, const KernelAddress& address) {
  if (const auto tcp = address.read()) return PeerAddress::tcp(tcp->ip, tcp->port);
  ucred peer{};
  socklen_t size = sizeof peer;
  ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return PeerAddress::local_user(peer.uid);
}

// Who has waited in vain for long may be gone, and has said nothing.
bool has_left(int fd) {
  char octet = 0;
  const ssize_t size = ::recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

bool is_out_of_resources(int reason) {
  return reason == EMFILE || reason == ENFILE || reason == ENOBUFS || reason == ENOMEM;
}

}  // namespace

Acceptor::Acceptor(Loop& loop, int fd, OnConnection on_connection, std::optional<Room> room)
    : loop_(loop),
      fd_(fd),
      on_connection_(std::move(on_connection)),
      room_(std::move(room)),
      watch_(loop, fd, [this] { accept_batch(); }),
      resume_(loop, [this] {
        waits_for_room_ = false;
        watch_.resume();
      }) {
  // Replies are short and each is waited for; Nagle's algorithm would only delay them.  Connections
  // inherit it.
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void Acceptor::accept_batch() {
  for (int i = 0; i < batch; ++i) {
    if (room_ && !room_->take()) return wait_for_room(i == 0);
    KernelAddress peer;
    UniqueFd fd{::accept4(fd_, peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!fd.is_open()) {
      const int reason = errno;
      give_back_room();
      if (is_out_of_resources(reason)) return pause(reason);
      if (reason == EAGAIN || reason == EWOULDBLOCK) return;
      continue;  // that client has gone already, or a signal came
    }
    paused_ = false;
    if (room_ && has_left(fd.get())) {
      give_back_room();
      continue;
    }
    is_without_room_ = false;
    accept_one(std::move(fd), peer);
  }
}

void Acceptor::accept_one(UniqueFd fd, const KernelAddress& address) {
  loop_.take_step();
  const PeerAddress peer = peer_of(fd.get(), address);
  on_connection_(std::move(fd), peer);
}

void Acceptor::give_back_room() {
  if (room_) room_->give_back();
}

// Somebody waits if we were called, twice: once it may have been for one whom another worker took.
void Acceptor::wait_for_room(bool is_called) {
  if (is_called && is_without_room_) room_->on_wait();
  is_without_room_ = is_called;
  waits_for_room_ = true;
  watch_.pause();
  resume_.start(room_time);
}

void Acceptor::try_again() {
  if (!std::exchange(waits_for_room_, false)) return;
  resume_.stop();
  watch_.resume();
}

void Acceptor::pause(int reason) {
  if (!paused_) {
    log::write(log::Level::alert, "accept_paused",
               {{"reason", std::generic_category().message(reason)}});
  }
  paused_ = true;
  watch_.pause();
  resume_.start(pause_time);
}

}  // namespace postern::net
