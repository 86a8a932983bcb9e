// SPDX-License-Identifier: ISC
//
// control/server.h - the connections of posternctl.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "control/desk.h"
#include "net/loop.h"

namespace postern::control {

// Each connection brings one request and gets one reply.  There are never more than
// max_connections; who comes then is closed without a word.
class Server {
 public:
  static constexpr std::size_t max_connections = 64;

  // Both outlive the server.
  Server(net::Loop& loop, Desk& desk);
  ~Server();

  void accept(UniqueFd fd);

  using Clock = std::chrono::steady_clock;

  // How the reload went for which those wait that had asked before this time.
  void on_reload(const std::string& reply, Clock::time_point asked_before);
  bool has_waiting() const;

  // Connections that are done go here, since they are done from inside: call it between the
  // turns of the loop.
  void sweep();

  bool is_idle() const { return connections_.empty(); }

 private:
  class Connection;

  void finished(std::uint64_t id);

  net::Loop& loop_;
  Desk& desk_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<std::uint64_t> finished_;
};

}  // namespace postern::control
