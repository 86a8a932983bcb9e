// SPDX-License-Identifier: ISC
//
// control/metrics_text.h - the status in Prometheus' text format.

#pragma once

#include <string>

#include "control/status.h"
#include "server/statistics.h"

namespace postern::control {

// What GET /metrics gets (text format 0.0.4).  posternctl(8) has the table of all metrics.
std::string metrics_text(const Status& status, const server::StatisticsCells& totals);

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace postern::control
