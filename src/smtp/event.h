// SPDX-License-Identifier: ISC
//
// smtp/event.h - what a session wants from the world.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mail/envelope.h"
#include "mail/reply.h"
#include "smtp/transaction.h"
#include "smtp/xclient.h"

namespace postern::smtp {

// Nothing is owed: call step again when there is more input, or when replies were taken.
struct NeedInput {};
struct TakeReplies {};

// An answer is owed: answer(reply), now or later, before the next step.
struct TlsRequested {};  // 220, then start TLS and call tls_started; or refuse
struct AuthRequested {
  std::string mechanism;                // as the client wrote it, one of those offered
  std::optional<std::string> response;  // the initial one, octets
};
struct AuthResponded {  // to the 334 that was answered before
  std::string response;
};
struct MailRequested {
  Sender sender;
};
struct RcptRequested {
  mail::Recipient recipient;
};
struct DataRequested {};   // 354 opens the text, of DATA or of the first BDAT
struct MessageEnded {};    // 250: the message is safe
struct XclientRequested {  // 220: from now on the session is with somebody else
  ClientFacts facts;
};

// Nothing is owed.
struct Text {
  std::string_view octets;  // into the input; valid until the input is touched
};
struct MessageAborted {  // forget what came of the message; reply is what the client is told
  mail::Reply reply;
};
struct MessageDropped {};  // forget it: the client itself has given it up between two chunks
struct Closed {};          // send what replies there are, then close; step does nothing more

using Event = std::variant<NeedInput, TakeReplies, TlsRequested, AuthRequested, AuthResponded,
                           MailRequested, RcptRequested, DataRequested, MessageEnded,
                           XclientRequested, Text, MessageAborted, MessageDropped, Closed>;

}  // namespace postern::smtp
