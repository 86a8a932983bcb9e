// SPDX-License-Identifier: ISC
//
// daemon/open_log.h - the log, as the configuration wants it.

#pragma once

#include "base/result.h"
#include "conf/config.h"

namespace postern::daemon {

Result<void> open_log(const conf::Config::Log& settings);

}  // namespace postern::daemon
