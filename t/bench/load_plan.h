// SPDX-License-Identifier: ISC
//
// t/bench/load_plan.h - what the load generator is asked to do.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace postern::bench {

struct LoadPlan {
  std::uint16_t port = 0;
  unsigned sessions = 1;  // at once
  unsigned messages = 1;  // in each session; 0: none, the session ends when it could begin one
  unsigned size = 4096;
  double warm_up = 1;  // seconds that do not count
  double seconds = 5;
  std::uint64_t most = 0;  // messages after which it ends early; 0: no limit
  bool wants_pipelining = true;
  bool wants_tls = false;
  bool is_idle = false;     // opens the sessions and lets them be
  std::string login;        // in Base64, for AUTH PLAIN; empty: none
  double patience = 5;      // seconds without progress, after which a session is given up
  std::string run = "run";  // names the messages
  std::string record;       // file that gets the name of each message that was answered 250
  pid_t tree = 0;           // processes whose CPU time is measured; 0: none
};

// Exits with 2 and the usage when the arguments are none that it knows.
LoadPlan parse_arguments(int argc, char** argv);

}  // namespace postern::bench
