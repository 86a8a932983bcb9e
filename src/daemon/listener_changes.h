// SPDX-License-Identifier: ISC
//
// daemon/listener_changes.h - listeners open and close, and the log says so.

#pragma once

#include <string>
#include <vector>

#include "daemon/generation.h"
#include "daemon/outlook.h"

namespace postern::daemon {

// Opens those listeners of the generation that are to be open.  One that cannot be is told to the
// outlook, and in faults; or returned, if it is one that may be opened later.
Faults open_listeners(Generation& generation, const Surroundings& surroundings, Outlook& outlook,
                      Faults& faults);

// Whether the sockets of the generation are those that are to be open.
bool is_as_wished(const Generation& generation, const Outlook& outlook);

// The generation with those listeners open that are to be and can be.
GenerationPtr reopen_listeners(const Generation& generation, const Surroundings& surroundings,
                               Outlook& outlook, Faults& faults);

// Whether the same sockets are open.
bool has_same_sockets(const Generation& one, const Generation& other);

// Where the listener is open, with commas between; empty: nowhere.
std::string places_of(const OpenListeners& open, const std::string& listener);

// Logs each listener that is open now and was not before, or the other way round, with the reason.
// before is nullptr if there was nothing, or what there was is not known but for its sockets.
void log_changes(const Generation* before, const OpenListeners& open_before, const Generation& now,
                 const Outlook& outlook);

}  // namespace postern::daemon
