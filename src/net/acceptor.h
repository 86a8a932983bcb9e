// SPDX-License-Identifier: ISC
//
// net/acceptor.h - takes connections from a listening socket.

#pragma once

#include <functional>

#include "base/peer_address.h"
#include "base/unique_fd.h"
#include "net/loop.h"

namespace postern::net {

// Accepts in batches, so that neither a burst of connections nor the sessions under way starve.
// When the process or the system is out of descriptors it pauses for a moment and tries again,
// with a log line at the beginning of each such time (accept_paused).
class Acceptor {
 public:
  using OnConnection = std::function<void(UniqueFd fd, const PeerAddress& peer)>;

  // fd stays the caller's.
  Acceptor(Loop& loop, int fd, OnConnection on_connection);

 private:
  void accept_batch();
  void pause(int reason);

  int fd_;
  OnConnection on_connection_;
  bool paused_ = false;
  ReadWatch watch_;
  Timer resume_;
};

}  // namespace postern::net
