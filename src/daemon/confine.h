// SPDX-License-Identifier: ISC
//
// daemon/confine.h - the last step before a process deals with strangers.

#pragma once

#include <vector>

#include "base/result.h"
#include "conf/config.h"
#include "sandbox/sandbox.h"

namespace postern::daemon {

// Becomes the configured user and enters the sandbox of the role, whose "/" is the spool.  Only on
// these sockets may it send datagrams to an address.  After an error it must not serve.
Result<void> confine(const conf::Config& config, sandbox::Role role,
                     const std::vector<int>& datagram_sockets = {});

}  // namespace postern::daemon
