// SPDX-License-Identifier: ISC
//
// ctl/client.h - one question to a running server.

#pragma once

#include <string>

#include "base/result.h"

namespace postern::ctl {

struct Reply {
  bool is_ok = false;
  std::string text;  // what is to be shown, or what was wrong
};

// Sends the line to the socket and waits for the reply (control/request.h, control/desk.h).
// Errors: nobody answers there, or may not be asked.
Result<Reply> ask(const std::string& socket, const std::string& line);

}  // namespace postern::ctl
