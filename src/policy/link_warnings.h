// SPDX-License-Identifier: ISC
//
// policy/link_warnings.h - settings that would bring up a link, or have no effect on any.

#pragma once

#include <string>
#include <vector>

#include "base/interfaces.h"
#include "conf/config.h"

namespace postern::policy {

// For each setting that keeps something open on a link which is on demand or metered, or may send
// something there, what may come of it and what to set instead, as a line for the operator
// (posternd -t).  interfaces are those of this moment.
std::vector<std::string> link_warnings(const conf::Config& config, const Interfaces& interfaces);

}  // namespace postern::policy
