// SPDX-License-Identifier: ISC
//
// gateway/gateway.h - a station on AppleTalk whose connections lead to stream sockets.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "adsp/engine.h"
#include "adsp/node.h"
#include "adsp/rate_limit.h"
#include "conf/config.h"
#include "gateway/board.h"
#include "gateway/bridge.h"
#include "gateway/multicast_socket.h"
#include "net/loop.h"

namespace postern::gateway {

// Each configured name is a service with a DDP socket of its own, whatever the number of its types.
class Gateway {
 public:
  struct Setup {
    const conf::Config::AppleTalk& settings;  // outlive the gateway, as all here does
    MulticastSocket& socket;
    Board& board;
  };

  Gateway(net::Loop& loop, const Setup& setup);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  void start();

  // Nobody is let in any more, and the names are free for another gateway; connections go on.
  void drain();

  // Cuts off those that there are.
  void stop();

  bool is_idle() const { return calls_.empty(); }  // nobody is connected

  // To be called between the turns of the loop.
  void end_of_turn();

 private:
  using Id = adsp::Engine::Id;
  using Clock = std::chrono::steady_clock;

  // Somebody who has called, and whom the bridge connects.
  struct Call {
    std::unique_ptr<Bridge> bridge;  // nullptr: there is nothing at the other end
    std::string peer;
    std::size_t service;
    Clock::time_point begun;
  };

  void read();
  void tick();
  void log(const adsp::NodeEvent& event);
  void serve(Id id);
  Call& answer(Id id, const adsp::Connection& connection);
  void log_end(const Call& call) const;
  void set_timer();
  void tell_board();
  Totals totals() const;
  Sight sight() const;  // without them

  net::Loop& loop_;
  const conf::Config::AppleTalk& settings_;
  MulticastSocket& socket_;
  Board& board_;
  Totals told_;  // to the board
  adsp::Node node_;
  adsp::Engine engine_;
  net::ReadWatch watch_;
  net::Timer timer_;
  net::Timer board_timer_;
  std::map<Id, Call> calls_;
  std::vector<Id> changed_;          // by their streams
  adsp::RateLimit cheap_events_{2};  // such as anybody can cause, again and again
  bool is_draining_ = false;
};

}  // namespace postern::gateway
