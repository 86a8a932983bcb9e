// SPDX-License-Identifier: ISC
//
// daemon/gateways.h - the gateway to AppleTalk, and those before it that end.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "daemon/fork.h"
#include "daemon/generation.h"
#include "daemon/inheritance.h"
#include "gateway/board.h"

namespace postern::daemon {

// A gateway outlives generations: it serves as long as what it was started with is what the
// configuration says, so that a reload disturbs nobody on AppleTalk.  If it is not, the next one
// begins while the one before finishes its connections.
class Gateways {
 public:
  using Clock = std::chrono::steady_clock;

  // in_child as for Crew.
  Gateways(UniqueFd board, InChild in_child);

  // A gateway of the program before, which is told to end.
  void adopt(const Inheritance::Gateway& gateway);

  // What is to be, by the configuration in force.  interface is the index of the one it names, or 0
  // if there is none now; renew: another gateway is wanted in any case.
  void follow(GenerationPtr current, unsigned interface, bool renew = false);

  // What follow() is told may have changed.
  void look_again() { retry_at_ = Clock::now(); }

  // When follow() is to be called: from where no sockets are at hand that a new gateway, which is a
  // child, would take with it.
  std::optional<Clock::time_point> next() const { return retry_at_; }

  // A child has ended; whether it was one of these.
  bool take_dead(pid_t pid, int status);

  // Tells the one that serves to end; and all to end now, with a word to those at the other end.
  void drain();
  void cut();
  void kill_all() const;
  bool empty() const { return all_.empty(); }

  gateway::Board& board() { return board_; }
  std::vector<Inheritance::Gateway> to_inherit() const;

  void let_go();

 private:
  // What a gateway was started with, as far as another one would be started otherwise.
  struct Terms {
    conf::Config::AppleTalk settings;
    std::string user;
    conf::Sandbox sandbox;
    conf::Config::Log log;
    unsigned interface;

    friend bool operator==(const Terms&, const Terms&) = default;
  };
  struct Process {
    pid_t pid;
    UniqueFd control;  // closed: it has been told to end
    Clock::time_point started;
  };

  void start(const GenerationPtr& generation, Terms terms);

  gateway::Board board_;
  InChild in_child_;
  std::list<Process> all_;
  std::optional<pid_t> serving_;
  std::optional<Terms> terms_;  // of the one that serves
  std::optional<Clock::time_point> retry_at_;
  Clock::duration back_off_{};
  bool is_cut_ = false;
  bool is_missing_ = false;  // the interface
};

}  // namespace postern::daemon
