// SPDX-License-Identifier: ISC
//
// daemon/worker_process.h - a worker and its auth helpers, as the supervisor sees them.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "daemon/fork.h"
#include "daemon/generation.h"
#include "daemon/inheritance.h"
#include "daemon/worker_signal.h"
#include "gateway/board.h"
#include "net/ticket_keys.h"
#include "server/journal_board.h"
#include "server/scoreboard.h"

namespace postern::daemon {

// What all generations share, and workers need.  It outlives the processes' objects.
struct SharedState {
  server::Scoreboard& scoreboard;
  net::TicketKeys& tickets;
  server::JournalBoard& journals;

  // For a process that has no use for it.
  void let_go() const {
    scoreboard.let_go();
    tickets.let_go();
    journals.let_go();
  }
};

class WorkerProcess {
 public:
  // Forks the helpers, the flushers and the worker.  row is the worker's in the scoreboard and in
  // journals.
  static Result<WorkerProcess> start(std::uint64_t epoch, GenerationPtr generation,
                                     const SharedState& shared, std::size_t row,
                                     const InChild& in_child);

  // The controller of a generation, which has no row and no helpers.
  static Result<WorkerProcess> start_controller(std::uint64_t epoch, GenerationPtr generation,
                                                const SharedState& shared,
                                                const gateway::Board& board,
                                                const InChild& in_child);
  static constexpr std::size_t no_row = server::Scoreboard::max_workers;

  // A worker of a supervisor that this process was before it became a new binary.  It can be
  // told to end; it cannot be given new helpers.
  static WorkerProcess adopt(const Inheritance::Worker& worker);

  bool has_helper(pid_t pid) const;
  // One has died, whose process id means nothing any more; and another one begins.
  void forget_helper(pid_t dead);
  Result<void> add_helper(const InChild& in_child);

  // Those are not replaced: their worker ends.
  bool has_flusher(pid_t pid) const;
  void forget_flusher(pid_t dead);

  // To end; and what does not make it end.
  void tell(WorkerSignal signal);
  void send(WorkerSignal signal) const;

  // Reads what the process says.  Returns what the supervisor is to do, if it is something.
  std::optional<WorkerSignal> listen();
  bool is_ready() const { return is_ready_; }

  bool is_ending() const { return is_ending_; }    // has been told to end
  bool has_closed() const { return has_closed_; }  // and lets nobody in any more
  void kill() const;
  void kill_helpers() const;

  pid_t pid() const { return pid_; }
  std::size_t row() const { return row_; }
  bool is_controller() const { return row_ == no_row; }
  std::uint64_t epoch() const { return epoch_; }
  const GenerationPtr& generation() const { return generation_; }  // nullptr: not known
  const std::string& spool() const { return spool_; }              // its path; empty: not known
  int control_fd() const { return control_.get(); }
  std::chrono::steady_clock::time_point started() const { return started_; }

 private:
  WorkerProcess() = default;

  pid_t pid_ = 0;
  std::uint64_t epoch_ = 0;   // which start of a generation it belongs to
  GenerationPtr generation_;  // of a worker that has helpers: what new ones need
  std::string spool_;
  std::size_t row_ = 0;
  UniqueFd control_;     // the supervisor's end
  UniqueFd helper_end_;  // kept for helpers to come
  std::vector<pid_t> helpers_;
  std::vector<pid_t> flushers_;
  std::chrono::steady_clock::time_point started_{};
  bool is_ready_ = false;
  bool is_ending_ = false;
  bool has_closed_ = false;
};

// A worker in this very process, with its helpers but without a supervisor (posternd -x).
// Returns the exit code.
int run_single(GenerationPtr generation);

}  // namespace postern::daemon
