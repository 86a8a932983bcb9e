// SPDX-License-Identifier: ISC
//
// sendmail/exit_status.h - what replies and errors are to programs that know sysexits.h.

#pragma once

#include "base/result.h"
#include "sendmail/server_reply.h"

namespace postern::sendmail {

enum class Stage { sender, recipient, other };

// For a reply that is not positive, to what has been said there.
int exit_status_of(const ServerReply& reply, Stage stage);

// For trouble on the way to the server: EX_TEMPFAIL, since no message was wrong, unless the system
// says that this user may not go there.
int exit_status_of(const Error& error);

}  // namespace postern::sendmail
