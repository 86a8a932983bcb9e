// SPDX-License-Identifier: ISC
//
// sandbox/syscall_filter.h - which system calls a process may make (seccomp).

#pragma once

#include <span>

#include "base/result.h"

namespace postern::sandbox {

// Those that talk to clients, or deal with what clients say.
enum class Role { worker, helper, controller, gateway, flusher, recovery };

// From now on only the calls that this role needs are made; see the tables in the source.  All
// others fail with ENOSYS, and those that nobody but an intruder would make kill the process
// (SIGSYS).  Only on these sockets may it send datagrams to an address.  Sets PR_SET_NO_NEW_PRIVS.
// Errors: a kernel without seccomp filters, or memory.
Result<void> load_syscall_filter(Role role, std::span<const int> datagram_sockets);

}  // namespace postern::sandbox
