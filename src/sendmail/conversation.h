// SPDX-License-Identifier: ISC
//
// sendmail/conversation.h - whoever started us speaks with the server himself.

#pragma once

#include "base/result.h"

namespace postern::sendmail {

// Passes octets between standard input and output and the server, a connected socket, until the
// server closes.  Errors: standard output cannot be written, or the server is gone.
Result<void> converse(int server);

}  // namespace postern::sendmail
