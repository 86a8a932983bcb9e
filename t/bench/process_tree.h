// SPDX-License-Identifier: ISC
//
// t/bench/process_tree.h - what a process and all that descend from it have used.

#pragma once

#include <sys/types.h>

namespace postern::bench {

// Seconds of processor in user and system mode, of a process, of its living descendants, and of
// those that had ended and were waited for.  Nothing is missed if the process is the first of a
// namespace, which orphans come to.
double cpu_seconds_of_tree(pid_t root);

}  // namespace postern::bench
