// SPDX-License-Identifier: ISC
//
// daemon/inspection.cpp - what nobody tells the supervisor, looked at now and then.

#include "daemon/inspection.h"

#include <algorithm>
#include <csignal>

#include "base/log.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::seconds between_looks{5};
constexpr std::chrono::hours between_expiry_checks{24};

// A loop that has not turned for so long never will.  A disk may well take a minute.
constexpr std::chrono::minutes longest_silence{5};

}  // namespace

void Inspection::start(const Generation& generation) {
  tls_files_ = generation.tls_files;
  next_expiry_check_at_ = Clock::now() + between_expiry_checks;
}

bool Inspection::look(Clock::time_point now, const Generation* current) {
  next_look_at_ = now + between_looks;
  kill_stuck(now);
  if (current != nullptr && now >= next_expiry_check_at_) {
    next_expiry_check_at_ = now + between_expiry_checks;
    warn_of_expiry(*current);
  }
  if (!tls_files_.has_changed()) return false;
  log::write(log::Level::info, "tls_files_changed", {});
  return true;
}

// Those that are silent twice in a row: after a sleep of the whole machine all seem to have been.
void Inspection::kill_stuck(Clock::time_point now) {
  const std::vector<pid_t> silent = crew_.silent_since(now - longest_silence);
  for (const pid_t pid : silent) {
    if (std::find(silent_.begin(), silent_.end(), pid) == silent_.end()) continue;
    log::write(log::Level::alert, "worker_stuck", {{"pid", pid}});
    ::kill(pid, SIGKILL);
  }
  silent_ = silent;
}

}  // namespace postern::daemon
