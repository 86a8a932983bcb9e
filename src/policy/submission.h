// SPDX-License-Identifier: ISC
//
// policy/submission.h - who may send mail to whom through a listener.

#pragma once

#include <optional>

#include "base/peer_address.h"
#include "conf/config.h"
#include "mail/address.h"
#include "mail/reply.h"

namespace postern::policy {

// Whom a session is with, as far as it matters here.
struct Client {
  const PeerAddress& peer;
  bool is_authenticated;
};

// Decides for the sessions of one listener (RFC 5321 7.9, RFC 6409 3.3), default closed: without a
// reason to say yes the answer is no.  No I/O.  Both arguments outlive it.
class Submission {
 public:
  Submission(const conf::Config& config, const conf::Listener& listener)
      : config_(config), listener_(listener) {}

  // The reply to MAIL: refused are blocked clients, those who have to log in first, and on a
  // listener for submission everybody who is not trusted (RFC 6409 4.3).  requested_priority is
  // that of MT-PRIORITY.
  mail::Reply on_mail(const Client& client, std::optional<int> requested_priority) const;

  // The priority that a message gets (RFC 6710 4.1, 5): strangers may ask for a low one only.
  std::optional<int> priority(const Client& client, std::optional<int> requested) const;

  // The reply to RCPT: trusted clients may write to anyone; strangers to our own domains, where
  // the listener serves them.
  mail::Reply on_rcpt(const Client& client, const mail::Mailbox& recipient) const;

  // One of our own users, as far as this listener takes its word for it: may write to anyone.
  bool is_trusted(const Client& client) const;

 private:
  bool is_one_of_clients(const Client& client) const;
  bool must_log_in(const Client& client) const;
  bool is_our_domain(const mail::Mailbox& recipient) const;

  const conf::Config& config_;
  const conf::Listener& listener_;
};

}  // namespace postern::policy
