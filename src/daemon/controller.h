// SPDX-License-Identifier: ISC
//
// daemon/controller.h - the process that answers posternctl and Prometheus.

#pragma once

#include <cstdint>

#include "base/unique_fd.h"
#include "daemon/generation.h"
#include "gateway/board.h"
#include "server/scoreboard.h"

namespace postern::daemon {

struct ControllerSetup {
  GenerationPtr generation;
  std::uint64_t epoch;
  const server::Scoreboard& scoreboard;
  const gateway::Board& board;
  UniqueFd control;  // the controller's end of the stream to the supervisor
};

// Becomes the configured user, and answers until the supervisor tells it to end, by either of the
// signals that end a worker.  It reads what the workers have written to the scoreboard, and asks
// the supervisor for what only that can do.  Returns the exit code.
int run_controller(ControllerSetup setup);

}  // namespace postern::daemon
