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

// The exit code of a process to which all is well but for what others hold, as those of a dead
// server may, and those of one that runs do.  Not one of posternd's.
inline constexpr int exit_held = 3;

// Before anybody serves, or when nobody does: all that is in the journal of that spool, whatever
// the engine is.  Waits for a process that does it as the user.  Returns its exit code; the log
// says what has failed.  in_child is called in that process first.
int recover_all(const conf::Config& config, const InChild& in_child);

// What is held is logged the first time.
enum class Try { first, again };

// In a process of its own: what the worker of that row has left, in the spool of that
// configuration.  Returns the exit code; if it is not EX_OK, the row is still to be recovered.
int recover_row(const conf::Config& config, server::JournalBoard& journals, std::size_t row,
                Try which);

// The same for all that no row names: what a server before has left whose processes had not ended
// when this one began.  It knows no mark.
int recover_orphans(const conf::Config& config, const server::JournalBoard& journals, Try which);

// Logs it; returns the exit code.
int complain_of_recovery(const Error& error);

}  // namespace postern::daemon
