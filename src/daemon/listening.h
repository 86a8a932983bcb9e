// SPDX-License-Identifier: ISC
//
// daemon/listening.h - what is known of listeners from generation to generation.

#pragma once

#include "daemon/activation.h"
#include "daemon/column_plan.h"
#include "daemon/readiness_watch.h"
#include "server/scoreboard.h"

namespace postern::daemon {

struct Listening {
  PassedSockets passed;
  ReadinessWatch readiness;
  ColumnPlan columns{server::Scoreboard::max_listeners};
};

}  // namespace postern::daemon
