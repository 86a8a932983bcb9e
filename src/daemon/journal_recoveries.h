// SPDX-License-Identifier: ISC
//
// daemon/journal_recoveries.h - starts what brings the journals of dead workers into the Maildir.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "daemon/crew.h"
#include "daemon/fork.h"
#include "daemon/generation.h"
#include "daemon/inheritance.h"
#include "daemon/recovery_process.h"
#include "server/journal_board.h"

namespace postern::daemon {

// While others serve: one process for each worker that has died, which nobody waits for, and one
// for what is not known to be anybody's.
class JournalRecoveries {
 public:
  using Clock = std::chrono::steady_clock;

  // in_child as for Crew, but it keeps journals, which outlives this object.
  JournalRecoveries(server::JournalBoard& journals, InChild in_child);

  // The worker of that row has ended.  If it has left something in the journal of spool, that is
  // recovered as its generation says, or, if that is not known, the one in force.
  void add(std::size_t row, const std::string& spool, const GenerationPtr& generation);

  // The same for all rows of workers before this program that are no more.  inherited has their
  // spools; that of another row is the one in force.
  void add_all(const Crew& crew, const std::vector<Inheritance::Journal>& inherited);
  std::vector<Inheritance::Journal> to_inherit() const;

  // What no worker of this server has left, nor has a row of one before: see recover_orphans.
  void add_orphans(Try which);

  // Starts what is due; current may be nullptr.
  void run_due(Clock::time_point now, const GenerationPtr& current);
  std::optional<Clock::time_point> next() const;

  // A child has ended; whether it was one of these.
  bool take_dead(pid_t pid, int status);

  // Whether nothing runs, nor waits for its first try.
  bool is_idle() const;
  void kill_all() const;

  // For a new process that has no use for them.
  void let_go() { tasks_.clear(); }

 private:
  struct Task {
    std::optional<std::size_t> row;  // nothing: all that no row names
    std::string spool;               // empty: that of the generation
    GenerationPtr generation;        // for_helpers(); nullptr: not known
    Clock::time_point due{};
    Clock::duration back_off{};
    std::optional<pid_t> pid;  // runs
    bool is_tried = false;
  };

  void start(Task& task, const GenerationPtr& generation);
  void put_off(Task& task) const;

  server::JournalBoard& journals_;
  InChild in_child_;
  std::list<Task> tasks_;
};

}  // namespace postern::daemon
