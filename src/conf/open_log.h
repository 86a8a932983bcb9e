// SPDX-License-Identifier: ISC
//
// conf/open_log.h - the log, as the configuration wants it.

#pragma once

#include "base/result.h"
#include "conf/config.h"

namespace postern::conf {

Result<void> open_log(const Config::Log& settings);

}  // namespace postern::conf
