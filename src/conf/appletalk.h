// SPDX-License-Identifier: ISC
//
// conf/appletalk.h - what the settings of AppleTalk mean, and which do not go together.

#pragma once

#include "conf/config.h"
#include "conf/report.h"

namespace postern::conf {

// Where each name leads, and what a listener for AppleTalk is besides what the file says of it.
void complete_appletalk(Config& config, Report& report);

void report_appletalk_contradictions(const Config& config, Report& report);

}  // namespace postern::conf
