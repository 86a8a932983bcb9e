// SPDX-License-Identifier: ISC
//
// daemon/background.h - leaving the terminal, the classic way.

#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::daemon {

// The side of the daemon that lives on: it says once how the start went.
class StartReport {
 public:
  StartReport() = default;  // nobody waits
  explicit StartReport(UniqueFd fd) : fd_(std::move(fd)) {}

  // The waiting process exits with exit_code.
  void send(int exit_code);

 private:
  UniqueFd fd_;
};

// Forks: in the child a new session without a terminal, in "/", with standard descriptors that
// lead nowhere, goes on and returns.  The parent waits for the report and exits with what it
// says, so a script that starts the server knows whether it really serves.  After a failure it
// waits for the child's end, too, and says on standard error where to look.
Result<StartReport> go_to_background();

}  // namespace postern::daemon
