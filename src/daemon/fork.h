// SPDX-License-Identifier: ISC
//
// daemon/fork.h - children of the supervisor.

#pragma once

#include <sys/types.h>

#include <functional>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::daemon {

// Called in a new child process before anything else: lets go of what only the supervisor uses.
using InChild = std::function<void()>;

// Both ends, of a kind that socketpair(2) knows.
struct SocketPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<SocketPair> make_socket_pair(int type);

// Forks; the child runs body and ends with its exit code.
Result<pid_t> fork_child(const InChild& in_child, const std::function<int()>& body);

}  // namespace postern::daemon
