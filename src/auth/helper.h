// SPDX-License-Identifier: ISC
//
// auth/helper.h - the process that checks passwords.

#pragma once

#include "auth/users.h"

namespace postern::auth {

// Answers questions that arrive on fd, a blocking SOCK_SEQPACKET socket, until the other end is
// closed.  Several helper processes may read the same socket: each question reaches one of them.
// Malformed packets are ignored, but an empty one counts as the end, since recv(2) cannot tell
// them apart.  Secrets are wiped from memory after use.
void run_helper(int fd, const Users& users);

}  // namespace postern::auth
