// SPDX-License-Identifier: ISC
//
// base/log_socket.h - a line to a daemon that collects the log.

#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include "base/unique_fd.h"

namespace postern::log {

// Sends datagrams to a Unix-domain socket and never waits.  What cannot be sent now is kept, up
// to a bound, and sent later in its order.  When the daemon went away and came back the socket is
// connected again, which is tried at most once a second.  A process in a sandbox cannot do that,
// but shares its socket with the process that forked it: if that one connects it, it is connected
// for both.
class LogSocket {
 public:
  using Clock = std::chrono::steady_clock;

  // Connects, if there is somebody: a log daemon may well come later than we do.
  explicit LogSocket(std::string path);

  // Sends the datagram, or keeps it.  Returns how many datagrams, this or older ones, are given
  // up for it.
  std::size_t send(std::string datagram, Clock::time_point now);

  // Sends what is kept, as far as possible; true if nothing is left.
  bool flush(Clock::time_point now);

  // Forgets what is kept: a child process must not send what its parent will.
  void forget();

  // Connects anew, even if nothing is known to be wrong; true if somebody is there.
  bool reconnect(Clock::time_point now);

  // Has tried to connect twice or more, and nobody was there; or may not connect (seccomp).
  bool is_lost() const { return !is_connected_ && (failures_ >= 2 || is_forbidden_); }

 private:
  bool send_first();

  std::string path_;
  UniqueFd fd_;
  bool is_connected_ = false;
  bool is_forbidden_ = false;
  unsigned failures_ = 0;  // to connect, in a row
  Clock::time_point next_try_{};
  std::deque<std::string> waiting_;
  std::size_t waiting_octets_ = 0;
};

}  // namespace postern::log
