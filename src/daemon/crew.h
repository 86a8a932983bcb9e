// SPDX-License-Identifier: ISC
//
// daemon/crew.h - the workers that run, those of old generations too.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/inheritance.h"
#include "daemon/worker_process.h"
#include "gateway/board.h"
#include "server/journal_board.h"
#include "server/scoreboard.h"

namespace postern::daemon {

// Starts workers and keeps them until they have ended; puts a new helper in the place of one that
// died.  What a worker's end means is for the supervisor to know.
class Crew {
 public:
  using Clock = std::chrono::steady_clock;

  // in_child is called in each new process: it lets go of what only the supervisor uses.
  Crew(const SharedState& shared, gateway::Board& board, InChild in_child);

  // A worker of the binary that this process was before.
  void adopt(const Inheritance::Worker& worker);

  // To be called when the next generation begins: see Scoreboard::clear_unused.
  void clear_unused_rows();

  // One more worker of that generation.
  Result<void> start(std::uint64_t epoch, GenerationPtr generation);
  Result<void> start_controller(std::uint64_t epoch, GenerationPtr generation);

  // A child has ended: the worker, if it was one.  A dead helper is replaced later.
  std::optional<WorkerProcess> take_dead(pid_t pid, int status);
  bool has_dead_helpers() const { return !dead_helpers_.empty(); }
  void replace_dead_helpers(Clock::time_point now);

  // Hears what they say, and returns what the supervisor is to do: a worker, which deals with
  // strangers, may not ask for what the controller may.
  std::vector<WorkerSignal> listen();
  bool is_ready(std::uint64_t epoch) const;  // all of its workers are
  bool is_alone(std::uint64_t epoch) const;  // no worker of another one lets anybody in
  bool has_row(std::size_t row) const;       // a worker has it

  // A worker whose journal has failed, or whose flusher has died, and that was told to end;
  // forgotten here.
  struct Failed {
    std::uint64_t epoch;
    Clock::duration life;
  };
  std::optional<Failed> take_failed();

  // Tells those workers to end, and how.
  void tell_all(WorkerSignal signal);
  void tell_workers(WorkerSignal signal);  // not the controller
  void tell(std::uint64_t epoch, WorkerSignal signal);
  void tell_other_workers(std::uint64_t epoch, WorkerSignal signal);
  void tell_other_controllers(std::uint64_t epoch, WorkerSignal signal);
  void kill_all() const;

  // Tells the controller, and those before it that end, which go on as they are.
  void tell_controllers(WorkerSignal signal) const;

  // Those whose loop has not turned since then.
  std::vector<pid_t> silent_since(Clock::time_point time) const;

  // Tells those of the oldest generations that drain to hurry, if there are more than so many.
  void hurry(std::size_t most_generations);

  const std::list<WorkerProcess>& workers() const { return workers_; }
  bool has_no_workers() const;  // but perhaps a controller

  // For a new process that has no use for them.
  void let_go() { workers_.clear(); }

 private:
  struct DeadHelper {
    pid_t worker;
    Clock::time_point replace_at;
  };

  std::size_t free_row() const;
  InChild in_child();
  InChild in_worker();  // and in its helpers and flushers
  bool replace(const DeadHelper& helper);
  void end_failed(WorkerProcess& worker);

  SharedState shared_;
  gateway::Board& board_;
  InChild let_go_;
  std::list<WorkerProcess> workers_;  // the oldest first
  std::vector<DeadHelper> dead_helpers_;
  std::vector<Failed> failed_;
};

}  // namespace postern::daemon
