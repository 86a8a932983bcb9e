// SPDX-License-Identifier: ISC
//
// daemon/exit_status.h - how a process ended, in words.

#pragma once

#include <string>

namespace postern::daemon {

// Of a status that waitpid(2) gave: "exit 71", "signal 9".
std::string describe_status(int status);

}  // namespace postern::daemon
