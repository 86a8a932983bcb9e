// SPDX-License-Identifier: ISC
//
// server/login.h - the AUTH part of a session.

#pragma once

#include <optional>
#include <string>

#include "auth/exchange.h"
#include "mail/reply.h"
#include "server/auth_client.h"
#include "smtp/event.h"

namespace postern::server {

// Runs the SASL exchange and remembers who logged in.  The password is checked elsewhere, so
// where a step returns nothing, credentials() are to be verified and conclude called.
class Login {
 public:
  std::optional<mail::Reply> on_request(const smtp::AuthRequested& request);
  std::optional<mail::Reply> on_response(const smtp::AuthResponded& response);

  // To be verified; the password in it is wiped by conclude.
  const auth::Credentials& credentials() const { return credentials_; }
  const std::string& mechanism() const { return mechanism_; }

  mail::Reply conclude(AuthClient::Verdict verdict);

  // Somebody who is trusted says that name has logged in with it, or that nobody has.
  void assume(std::string name) { name_ = std::move(name); }

  // Who has logged in; empty if nobody has.
  const std::string& name() const { return name_; }
  void forget() { *this = Login{}; }

 private:
  std::optional<mail::Reply> advance(std::optional<std::string_view> response);

  std::optional<auth::Exchange> exchange_;
  auth::Credentials credentials_;
  std::string mechanism_;
  std::string name_;
};

}  // namespace postern::server
