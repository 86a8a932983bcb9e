// SPDX-License-Identifier: ISC
//
// net/acceptor.h - takes connections from a listening socket.

#pragma once

#include <functional>
#include <optional>

#include "base/peer_address.h"
#include "base/unique_fd.h"
#include "net/kernel_address.h"
#include "net/loop.h"

namespace postern::net {

// Accepts in batches, so that neither a burst of connections nor the sessions under way starve.
// When the process or the system is out of descriptors it pauses for a moment and tries again,
// with a log line at the beginning of each such time (accept_paused).
class Acceptor {
 public:
  using OnConnection = std::function<void(UniqueFd fd, const PeerAddress& peer)>;

  // Room for connections, where those that find none wait until there is some.  Each takes room
  // before it is accepted, and whoever gets the connection gives it back.
  struct Room {
    std::function<bool()> take;       // false: there is none
    std::function<void()> give_back;  // nobody has come who needs it
    std::function<void()> on_wait;    // somebody waits for it
  };

  // fd stays the caller's.  Without room all connections are taken.
  Acceptor(Loop& loop, int fd, OnConnection on_connection, std::optional<Room> room = std::nullopt);

  // There may be room again.
  void try_again();

 private:
  void accept_batch();
  void accept_one(UniqueFd fd, const KernelAddress& address);
  void give_back_room();
  void pause(int reason);
  void wait_for_room(bool is_called);

  Loop& loop_;
  int fd_;
  OnConnection on_connection_;
  std::optional<Room> room_;
  bool paused_ = false;
  bool waits_for_room_ = false;
  bool is_without_room_ = false;  // when somebody came, the last time
  ReadWatch watch_;
  Timer resume_;
};

}  // namespace postern::net
