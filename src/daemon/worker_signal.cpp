// SPDX-License-Identifier: ISC
//
// daemon/worker_signal.cpp - what supervisor, workers and controller say to each other.

#include "daemon/worker_signal.h"

#include <sys/socket.h>

namespace postern::daemon {

void send_signal(int control, WorkerSignal signal) {
  const char octet = static_cast<char>(signal);
  ::send(control, &octet, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace postern::daemon
