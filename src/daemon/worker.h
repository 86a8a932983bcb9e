// SPDX-License-Identifier: ISC
//
// daemon/worker.h - the process that serves sessions.

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/unique_fd.h"
#include "daemon/flushers.h"
#include "daemon/generation.h"
#include "net/ticket_keys.h"
#include "server/journal_board.h"
#include "server/scoreboard.h"

namespace postern::daemon {

struct WorkerSetup {
  GenerationPtr generation;
  std::uint64_t epoch;  // which start of a generation it belongs to
  server::Scoreboard& scoreboard;
  server::JournalBoard& journals;
  net::TicketKeys* tickets;  // nullptr: its TLS sessions can be resumed here alone
  std::size_t row;           // of the scoreboard and of journals, the worker's own
  FlusherSockets flushers;   // closed with the engine "file"
  UniqueFd helpers;          // the worker's end of its auth helpers' socketpair
  UniqueFd control;          // the worker's end of the stream to the supervisor; may be closed
};

// Becomes the configured user and serves until it is told to end by the supervisor, or by
// SIGTERM or SIGINT (stop).  Returns the exit code.
int run_worker(WorkerSetup setup);

}  // namespace postern::daemon
