// SPDX-License-Identifier: ISC
//
// daemon/notify_socket.h - what a service manager is told about the server.

#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace postern::daemon {

// Datagrams to the socket that the variable NOTIFY_SOCKET names, as systemd and others read them
// (sd_notify(3)); without the variable nobody is told anything.  Nothing here is a reason for a
// server not to serve: what cannot be sent is logged, once for several failures in a row.
class NotifySocket {
 public:
  using Clock = std::chrono::steady_clock;

  NotifySocket() = default;  // nobody is told

  // From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, which are taken out of the environment:
  // no child is to speak for the server.
  static NotifySocket take_from_environment();

  // For the binary that this process becomes; and that it did not.
  void put_into_environment() const;
  static void clear_environment();

  // The configuration is in force.  Ends what reloading() has begun.  Names this process too, as
  // it may have left the one that the service manager has started.
  void ready(const std::string& status);
  void reloading(const std::string& status);
  void stopping(const std::string& status);
  void status(const std::string& status);

  // The watchdog, if the service manager has one: it ends a server from which it does not hear for
  // the time that it has set.  It hears twice in that time.
  std::optional<Clock::time_point> next_ping() const { return next_ping_; }
  void ping_if_due(Clock::time_point now);

 private:
  void send(const std::string& message);

  std::string path_;  // empty: nobody is told; "@" in front: an abstract name
  std::chrono::microseconds watchdog_{};
  std::optional<Clock::time_point> next_ping_;
  bool has_failed_ = false;  // and this was logged
};

}  // namespace postern::daemon
