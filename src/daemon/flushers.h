// SPDX-License-Identifier: ISC
//
// daemon/flushers.h - the two processes that wait for the disk in a worker's place.

#pragma once

#include <sys/types.h>

#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "daemon/fork.h"
#include "daemon/generation.h"

namespace postern::daemon {

// The worker's ends: see server::FlusherClient.
struct FlusherSockets {
  UniqueFd syncs;
  UniqueFd checkpoints;
};

struct Flushers {
  std::vector<pid_t> pids;
  FlusherSockets sockets;
};

// Forks those of one worker; none with the engine "file".  They end when nobody has the sockets any
// more.  drop is what they let go of.
Result<Flushers> fork_flushers(const Generation& generation, const InChild& drop);

}  // namespace postern::daemon
