// SPDX-License-Identifier: ISC
//
// sendmail/submission.h - one message, from the greeting to the server's word for it.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/address.h"
#include "sendmail/author.h"
#include "sendmail/draft.h"
#include "sendmail/options.h"
#include "sendmail/smtp_client.h"

namespace postern::sendmail {

// Why nothing was submitted.
struct Failure {
  int exit_status;
  std::string what;  // lower case, no full stop
};

using Outcome = tl::expected<void, Failure>;

// What stands on the envelope.
struct Envelope {
  std::optional<mail::Mailbox> sender;  // none: the author
  std::vector<mail::Mailbox> recipients;
  Author author;
  std::string domain;  // for addresses that have none; empty: the name that the server has
};

// Submits the message to all recipients, or, if one of them is refused, to none: who started us is
// told by one exit status, and could not know whom to try again.  The draft is used up.
Outcome submit(SmtpClient& client, const Envelope& envelope, const Options& options, Draft& draft);

// Asks what the server would say to each recipient, writes that to standard output, and sends
// nothing.  The first refusal is the outcome.
Outcome verify(SmtpClient& client, const Envelope& envelope);

}  // namespace postern::sendmail
