// SPDX-License-Identifier: ISC
//
// base/log_socket.cpp - a line to a daemon that collects the log.

#include "base/log_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace postern::log {

namespace {

// What is kept for a daemon that is slow or away: some thousand lines.
constexpr std::size_t max_waiting = std::size_t{512} * 1024;

constexpr std::chrono::seconds between_tries{1};

}  // namespace

LogSocket::LogSocket(std::string path) : path_(std::move(path)) {
  fd_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  reconnect(Clock::now());
}

// The socket stays the same: a process in a sandbox may not make new ones.
bool LogSocket::reconnect(Clock::time_point now) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  next_try_ = now + between_tries;
  is_connected_ = false;
  ++failures_;
  if (path_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  is_connected_ = ::connect(fd_.get(), generic, sizeof address) == 0;
  is_forbidden_ = !is_connected_ && errno == ENOSYS;
  if (is_connected_) failures_ = 0;
  return is_connected_;
}

std::size_t LogSocket::send(std::string datagram, Clock::time_point now) {
  waiting_octets_ += datagram.size();
  waiting_.push_back(std::move(datagram));
  flush(now);
  std::size_t given_up = 0;
  for (; waiting_octets_ > max_waiting; ++given_up) {
    waiting_octets_ -= waiting_.front().size();
    waiting_.pop_front();
  }
  return given_up;
}

bool LogSocket::flush(Clock::time_point now) {
  if (!waiting_.empty() && !is_connected_ && now >= next_try_) {
    reconnect(now);
    is_connected_ = true;  // perhaps another process that shares the socket could; sending shows it
  }
  while (is_connected_ && !waiting_.empty()) {
    if (!send_first()) break;
    waiting_octets_ -= waiting_.front().size();
    waiting_.pop_front();
  }
  return waiting_.empty();
}

void LogSocket::forget() {
  waiting_.clear();
  waiting_octets_ = 0;
}

// Whether it need not be kept any longer.  One that is too large for the daemon will never get
// there.
bool LogSocket::send_first() {
  const std::string& first = waiting_.front();
  if (::send(fd_.get(), first.data(), first.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
  if (errno == EMSGSIZE) return true;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR) return false;
  is_connected_ = false;
  return false;
}

}  // namespace postern::log
