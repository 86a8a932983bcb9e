// SPDX-License-Identifier: ISC
//
// daemon/inspection.h - what nobody tells the supervisor, looked at now and then.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

#include "daemon/crew.h"
#include "daemon/file_watch.h"
#include "daemon/generation.h"

namespace postern::daemon {

class Inspection {
 public:
  using Clock = std::chrono::steady_clock;

  // The crew outlives the inspection.
  explicit Inspection(const Crew& crew) : crew_(crew) {}

  // This generation is in force from now on.  Its certificates have just been looked at.
  void start(const Generation& generation);

  // When the next look is due.
  Clock::time_point next() const { return next_look_at_; }

  // Kills workers whose loop turns no more, and warns if a certificate of the generation in force
  // (nullptr: there is none) is over soon.  Returns whether files of certificates have changed.
  bool look(Clock::time_point now, const Generation* current);

 private:
  void kill_stuck(Clock::time_point now);

  const Crew& crew_;
  FileWatch tls_files_;
  std::vector<pid_t> silent_;  // at the last look
  Clock::time_point next_look_at_{};
  Clock::time_point next_expiry_check_at_{};
};

}  // namespace postern::daemon
