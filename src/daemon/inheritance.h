// SPDX-License-Identifier: ISC
//
// daemon/inheritance.h - what a new binary takes over from the one it replaces.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "daemon/activation.h"
#include "daemon/generation.h"
#include "daemon/options.h"

namespace postern::daemon {

// At SIGUSR2 the supervisor's process becomes the new binary by exec, so that its id, its
// children and its open descriptors stay.  The environment says which descriptor is what.
struct Inheritance {
  struct Worker {
    pid_t pid;
    int control;
    std::size_t row;
    std::uint64_t epoch;
    bool is_ending;     // has been told to end
    std::string spool;  // the path of that which it writes into; empty: not known
  };

  // What a worker that is no more has left in the JournalBoard, to be recovered.
  struct Journal {
    std::size_t row;
    std::string spool;
  };

  struct Gateway {
    pid_t pid;
    int control;  // -1: has been told to end
  };

  int pid_file = -1;
  int scoreboard = -1;
  int ticket_keys = -1;
  int journals = -1;              // of the workers
  int board = -1;                 // of the gateways
  std::uint64_t generations = 0;  // that were started
  OpenListeners listeners;
  PassedSockets passed;  // those that a listener uses are among the listeners too
  std::vector<Worker> workers;
  std::vector<Journal> unrecovered;
  std::vector<Gateway> gateways;
  std::vector<std::string> columns;  // Outlook::names_by_column()
};

// Why a program is given it: to be what the supervisor was, or to show that it could be.
enum class Takeover { real, trial };

// What this process was left for that, taken out of the environment.  Nothing: it was not, or by a
// version that speaks of it otherwise.
std::optional<Inheritance> take_inheritance(Takeover takeover);

// Lets the program at path do in a child all that it would do before its first worker starts,
// and waits for it, but not for ever.  Returns what was wrong; empty: it would serve.
std::vector<std::string> try_binary(const std::string& path, const Options& options,
                                    const Inheritance& inheritance);

// Becomes the program at path.  Returns only if that fails.
Error become_binary(const std::string& path, const Options& options,
                    const Inheritance& inheritance);

}  // namespace postern::daemon
