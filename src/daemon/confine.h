// SPDX-License-Identifier: ISC
//
// daemon/confine.h - the last step before a process deals with strangers.

#pragma once

#include "conf/config.h"
#include "sandbox/sandbox.h"

namespace postern::daemon {

// Becomes the configured user and enters the sandbox of the role, whose "/" is the spool.  False if
// it must not serve; the log says why.
bool confine(const conf::Config& config, sandbox::Role role);

}  // namespace postern::daemon
