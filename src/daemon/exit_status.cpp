// SPDX-License-Identifier: ISC
//
// daemon/exit_status.cpp - how a process ended, in words.

#include "daemon/exit_status.h"

#include <sys/wait.h>

#include "base/text.h"

namespace postern::daemon {

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) return cat("signal ", WTERMSIG(status));
  return cat("exit ", WEXITSTATUS(status));
}

}  // namespace postern::daemon
