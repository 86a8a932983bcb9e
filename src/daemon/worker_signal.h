// SPDX-License-Identifier: ISC
//
// daemon/worker_signal.h - what supervisor, workers and controller say to each other.

#pragma once

namespace postern::daemon {

// What supervisor and worker say to each other, one octet each, over a stream socketpair.  When
// the supervisor is gone the worker sees the end of its stream, and takes it for stop.
enum class WorkerSignal : char {
  drain =
      'd',     // to the worker: accept no more; finish the sessions, the idle ones after drain_time
  stop = 's',  // to the worker: accept no more; finish transactions, all ends after drain_time
  hurry = 'u',           // to a worker that drains: idle sessions end now, not after drain_time
  closed = 'c',          // to the supervisor, from a worker that drains: nobody new comes in
  ready = 'r',           // to the supervisor: serving
  log_lost = 'l',        // to the supervisor: cannot reach the log any more
  helpers_stuck = 'a',   // to the supervisor: the auth helpers answer nothing; replace them
  journal_failed = 'j',  // to the supervisor: takes no more mail, and drains; replace it
  reload = 'h',          // to the supervisor, from the controller: as SIGHUP
  quit = 'q',            // to the supervisor, from the controller: as SIGTERM
  reload_failed = 'f',   // to the controller: the scoreboard says why
};

// Never waits.  One at the other end that cannot be told is dead or about to be.
void send_signal(int control, WorkerSignal signal);

}  // namespace postern::daemon
