// SPDX-License-Identifier: ISC
//
// conf/contradictions.h - settings that do not go together.

#pragma once

#include "conf/config.h"
#include "conf/report.h"

namespace postern::conf {

// Reports every contradiction in config, complete and with its defaults.  A setting that report
// knows to be faulty is not held against another one.
void report_contradictions(const Config& config, Report& report);

}  // namespace postern::conf
