// SPDX-License-Identifier: ISC
//
// base/local_socket.h - connections to servers on this machine.

#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern {

// Connects to the Unix-domain socket at path; the descriptor blocks.  Errors: nobody answers
// there, or not within a minute, or we may not ask.
Result<UniqueFd> connect_local(const std::string& path);

}  // namespace postern
