// SPDX-License-Identifier: ISC
//
// smtp/transcript.h - who writes down what is said in a session.

#pragma once

#include <string_view>

#include "smtp/command.h"

namespace postern::smtp {

// Is told of all that is said in a session, in its order, but for the text of messages.  It must
// not touch the session.  The views live as long as the call.
class Transcript {
 public:
  virtual ~Transcript() = default;

  // A command line, without its end.  One that could not be read, too long or with a wrong end, is
  // Verb::unknown and empty.
  virtual void on_command(Verb verb, std::string_view line) = 0;

  // The client's response in an exchange of AUTH: a secret, so it is not shown.
  virtual void on_auth_response() = 0;

  // A reply in wire form: one line or more, each with its end.
  virtual void on_reply(std::string_view reply) = 0;
};

}  // namespace postern::smtp
