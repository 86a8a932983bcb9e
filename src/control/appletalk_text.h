// SPDX-License-Identifier: ISC
//
// control/appletalk_text.h - the gateway to AppleTalk, for people and for programs.

#pragma once

#include <string>

#include "gateway/board.h"

namespace postern::control {

std::string plain_text(const gateway::Sight& sight);
std::string json_text(const gateway::Sight& sight);
std::string metrics_text(const gateway::Sight& sight);

}  // namespace postern::control
