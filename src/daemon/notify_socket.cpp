// SPDX-License-Identifier: ISC
//
// daemon/notify_socket.cpp - what a service manager is told about the server.

#include "daemon/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace postern::daemon {

namespace {

using std::chrono::microseconds;

constexpr const char* socket_variable = "NOTIFY_SOCKET";
constexpr const char* watchdog_variable = "WATCHDOG_USEC";
constexpr const char* watched_variable = "WATCHDOG_PID";

// For a service manager that is busy.  A lost READY=1 would be a server that never starts, so it
// is worth waiting for, but not worth hanging.
constexpr timeval patience{2, 0};

// Who sets more, up to infinity, gets more pings than are asked for.
constexpr microseconds longest_watchdog = std::chrono::hours{1};

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Nothing if nobody watches, or another process is watched.
microseconds watchdog_time() {
  const auto time = parse_decimal<std::uint64_t>(variable(watchdog_variable));
  const std::string_view watched = variable(watched_variable);
  if (!time || (!watched.empty() && watched != cat(::getpid()))) return {};
  return std::min(longest_watchdog, microseconds{*time & INT64_MAX});
}

Result<void> send_to(const std::string& path, const std::string& message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
    return fail(Errc::permanent, cat("NOTIFY_SOCKET: ", path, " is no path of a socket"));
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  if (path[0] == '@') address.sun_path[0] = '\0';
  // An abstract name ends where the length says, NUL octets and all.
  const std::size_t size = offsetof(sockaddr_un, sun_path) + path.size();
  const UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) < 0) {
    return fail_errno(cat("send to ", path), errno);
  }
  return {};
}

// One line, whatever is in it: the protocol has one assignment a line.
std::string status_line(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return cat("STATUS=", text);
}

}  // namespace

NotifySocket NotifySocket::take_from_environment() {
  NotifySocket socket;
  socket.path_ = variable(socket_variable);
  if (!socket.path_.empty()) socket.watchdog_ = watchdog_time();
  // It counts from our start.
  if (socket.watchdog_.count() > 0) socket.next_ping_ = Clock::now();
  clear_environment();
  return socket;
}

void NotifySocket::put_into_environment() const {
  if (path_.empty()) return;
  ::setenv(socket_variable, path_.c_str(), 1);
  if (watchdog_.count() == 0) return;
  ::setenv(watchdog_variable, cat(watchdog_.count()).c_str(), 1);
  ::setenv(watched_variable, cat(::getpid()).c_str(), 1);
}

void NotifySocket::clear_environment() {
  for (const char* name : {socket_variable, watchdog_variable, watched_variable}) ::unsetenv(name);
}

void NotifySocket::ready(const std::string& status) {
  send(cat("READY=1\nMAINPID=", ::getpid(), "\n", status_line(status)));
}

// The time tells the service manager whether this is about the signal that it has just sent.
void NotifySocket::reloading(const std::string& status) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t since_boot = std::int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000;
  send(cat("RELOADING=1\nMONOTONIC_USEC=", since_boot, "\n", status_line(status)));
}

void NotifySocket::stopping(const std::string& status) {
  send(cat("STOPPING=1\n", status_line(status)));
}

void NotifySocket::status(const std::string& status) {
  send(status_line(status));
}

void NotifySocket::ping_if_due(Clock::time_point now) {
  if (!next_ping_ || now < *next_ping_) return;
  next_ping_ = now + watchdog_ / 2;
  send("WATCHDOG=1");
}

void NotifySocket::send(const std::string& message) {
  if (path_.empty()) return;
  const auto sent = send_to(path_, message);
  if (!sent && !has_failed_) {
    log::write(log::Level::warning, "notify_failed", {{"error", sent.error().message()}});
  }
  has_failed_ = !sent;
}

}  // namespace postern::daemon
