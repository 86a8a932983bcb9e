// SPDX-License-Identifier: ISC
//
// daemon/recovery_process.h - what a process does that brings the journal into the Maildir.

#pragma once

#include <cstddef>

#include "base/result.h"
#include "conf/config.h"
#include "daemon/fork.h"
#include "server/journal_board.h"

namespace postern::daemon {

// Before anybody serves, or when nobody does: all that is in the journal of that spool, whatever
// the engine is.  Waits for a process that does it as the user.  Returns its exit code; the log
// says what has failed.  in_child is called in that process first.
int recover_all(const conf::Config& config, const InChild& in_child);

// In a process of its own: what the worker of that row has left, in the spool of that
// configuration.  Returns the exit code; if it is not EX_OK, the row is still to be recovered.
int recover_row(const conf::Config& config, server::JournalBoard& journals, std::size_t row);

// Logs it; returns the exit code.
int complain_of_recovery(const Error& error);

}  // namespace postern::daemon
