// SPDX-License-Identifier: ISC
//
// policy/submission.cpp - who may send mail to whom through a listener.

#include "policy/submission.h"

#include <algorithm>

namespace postern::policy {

namespace reply = mail::reply;

bool Submission::is_trusted(const Client& client) const {
  if (client.is_authenticated) return true;
  switch (listener_.auth) {
    case conf::ListenerAuth::required: return false;
    case conf::ListenerAuth::clients: return is_one_of_clients(client);
    case conf::ListenerAuth::peer: return client.peer.user_id().has_value();
    case conf::ListenerAuth::appletalk: return client.peer.is_appletalk();
  }
  return false;
}

bool Submission::is_one_of_clients(const Client& client) const {
  return client.peer.ip() && config_.clients.contains(*client.peer.ip());
}

bool Submission::must_log_in(const Client& client) const {
  if (client.is_authenticated) return false;
  switch (listener_.require_auth) {
    case conf::RequireAuth::nobody: return false;
    case conf::RequireAuth::non_clients: return !is_one_of_clients(client);
    case conf::RequireAuth::clients: return is_one_of_clients(client);
    case conf::RequireAuth::everybody: return true;
  }
  return true;
}

bool Submission::is_our_domain(const mail::Mailbox& recipient) const {
  // RFC 5321 4.5.1, RFC 6409 6.4: "postmaster" without a domain is always somebody here.
  if (recipient.domain.empty()) return true;
  return std::find(config_.domains.begin(), config_.domains.end(), recipient.domain) !=
         config_.domains.end();
}

mail::Reply Submission::on_mail(const Client& client, std::optional<int> requested_priority) const {
  if (client.peer.ip() && config_.blocked.contains(*client.peer.ip())) {
    return reply::client_blocked();
  }
  const bool serves_trusted_only = listener_.role == conf::ListenerRole::submission;
  if (must_log_in(client) || (serves_trusted_only && !is_trusted(client))) {
    return reply::authentication_required();
  }
  if (priority(client, requested_priority) != requested_priority) {
    return reply::sender_ok_without_priority();
  }
  return reply::sender_ok();
}

std::optional<int> Submission::priority(const Client& client, std::optional<int> requested) const {
  const bool is_raised = requested && *requested > 0;
  return is_raised && !is_trusted(client) ? std::optional<int>{0} : requested;
}

mail::Reply Submission::on_rcpt(const Client& client, const mail::Mailbox& recipient) const {
  if (is_trusted(client)) return reply::recipient_ok();
  const bool serves_strangers = listener_.role != conf::ListenerRole::submission;
  if (serves_strangers && is_our_domain(recipient)) return reply::recipient_ok();
  return reply::relay_denied();
}

}  // namespace postern::policy
