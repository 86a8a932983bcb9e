// SPDX-License-Identifier: ISC
//
// sandbox/sandbox.h - what a process may still do once it deals with what strangers send.
//
// posternd(8), "Privileges", says for each process what that is, and why.

#pragma once

#include <vector>

#include "base/result.h"
#include "conf/config.h"
#include "sandbox/privileges.h"
#include "sandbox/syscall_filter.h"

namespace postern::sandbox {

struct Sandbox {
  // What has come into force.
  struct Walls {
    bool root = false;          // "/" is another directory
    bool files = false;         // Landlock
    bool system_calls = false;  // seccomp
  };

  Role role;
  conf::Sandbox setting;
  User user;
  int spool;  // a descriptor of the directory, which becomes "/"; not for a helper or flusher
  std::vector<int> datagram_sockets = {};  // on which it may send to any address
};

// Becomes the user and gives up, for good, all that the role does not need, as far as the kernel
// and the rights of this process allow; logs what stands and what does not.  The time zone is
// known before, so that it need not be looked up again.  With conf::Sandbox::off it only becomes
// the user.  Error: it could not become the user, or give up what it had; it must not serve then.
Result<Sandbox::Walls> enter(const Sandbox& sandbox);

// Whether this program was built with the address sanitizer or for coverage: neither could work
// behind the walls, so that there are none.
bool is_instrumented();

// Takes from the supervisor all of root's power that it has no use for.
Result<void> limit_supervisor();

// No core dumps: keys, hashes and passwords stay off the disk, whatever happens.
void forbid_core_dumps();

// Nobody but root can look into the memory of this process, nor is it dumped to a program that
// takes core dumps by a pipe, which asks nobody for the limit of their size.
void hide_memory();

}  // namespace postern::sandbox
