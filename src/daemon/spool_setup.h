// SPDX-License-Identifier: ISC
//
// daemon/spool_setup.h - the spool, made and cleaned before anybody serves from it.

#pragma once

#include "base/result.h"
#include "conf/config.h"

namespace postern::daemon {

// Makes the spool directory and its tmp/, new/ and cur/ if they are missing, owned by the user
// the workers run as, mode 0700, and journal/ with the engine that needs it; checks that an
// existing one belongs to that user; then sweeps what crashed workers left in tmp/.
Result<void> set_up_spool(const conf::Config& config);

}  // namespace postern::daemon
