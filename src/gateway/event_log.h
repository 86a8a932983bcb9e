// SPDX-License-Identifier: ISC
//
// gateway/event_log.h - what happens on AppleTalk, as events of the log.

#pragma once

#include "adsp/node_event.h"

namespace postern::gateway {

void log_event(const adsp::NodeEvent& event);

}  // namespace postern::gateway
