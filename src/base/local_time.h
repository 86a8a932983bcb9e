// SPDX-License-Identifier: ISC
//
// base/local_time.h - what the clock on the wall shows.

#pragma once

#include <chrono>
#include <functional>

namespace postern {

// The local time at a moment.  It need not grow with the moment: an hour comes twice, or not at
// all, where summer time ends or begins.
using LocalClock = std::function<std::chrono::local_seconds(std::chrono::sys_seconds)>;

// By the time zone of this system.  Notices when that is changed.
std::chrono::local_seconds local_time(std::chrono::sys_seconds time);

}  // namespace postern
