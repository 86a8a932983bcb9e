// SPDX-License-Identifier: ISC
//
// daemon/worker.h - the process that serves sessions.

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/unique_fd.h"
#include "daemon/generation.h"
#include "server/scoreboard.h"

namespace postern::daemon {

// What supervisor and worker say to each other, one octet each, over a stream socketpair.  When
// the supervisor is gone the worker sees the end of its stream, and takes it for stop.
enum class WorkerSignal : char {
  drain =
      'd',     // to the worker: accept no more; finish the sessions, the idle ones after drain_time
  stop = 's',  // to the worker: accept no more; finish transactions, all ends after drain_time
  hurry = 'u',          // to a worker that drains: idle sessions end now, not after drain_time
  ready = 'r',          // to the supervisor: serving
  log_lost = 'l',       // to the supervisor: cannot reach the log any more; new workers can
  helpers_stuck = 'a',  // to the supervisor: the auth helpers answer nothing; replace them
  reload = 'h',         // to the supervisor, from the controller: as SIGHUP
  quit = 'q',           // to the supervisor, from the controller: as SIGTERM
  reload_failed = 'f',  // to the controller: the scoreboard says why
};

struct WorkerSetup {
  GenerationPtr generation;
  std::uint64_t epoch;  // which start of a generation it belongs to
  server::Scoreboard& scoreboard;
  std::size_t row;   // of the scoreboard, the worker's own
  UniqueFd helpers;  // the worker's end of its auth helpers' socketpair
  UniqueFd control;  // the worker's end of the stream to the supervisor; may be closed
};

// Becomes the configured user and serves until it is told to end by the supervisor, or by
// SIGTERM or SIGINT (stop).  Returns the exit code.
int run_worker(WorkerSetup setup);

}  // namespace postern::daemon
