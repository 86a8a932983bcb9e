// SPDX-License-Identifier: ISC
//
// policy/schedule.h - the times of the week at which something may happen.

#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/local_time.h"
#include "conf/config.h"

namespace postern::policy {

// Goes by the clock on the wall alone.  So a period within the hour that summer time skips does not
// happen that day, and one within the hour that comes twice happens twice; after the clock was set,
// what it shows now is what counts.
class Schedule {
 public:
  // periods outlives it.  None at all: always.
  explicit Schedule(const std::vector<conf::Period>& periods) : periods_(periods) {}

  bool allows(std::chrono::local_seconds time) const;

  // The longest of the pauses that hold then; 0 where no period does.
  std::chrono::seconds pause(std::chrono::local_seconds time) const;

  // The first moment after now at which allows() changes, if the clock is not set meanwhile.
  // Nothing if that is not within three weeks: so a schedule that is always true, or never is.
  std::optional<std::chrono::sys_seconds> next_change(std::chrono::sys_seconds now,
                                                      const LocalClock& local) const;

 private:
  std::chrono::seconds until_next_end(std::chrono::local_seconds time) const;

  const std::vector<conf::Period>& periods_;
};

}  // namespace postern::policy
