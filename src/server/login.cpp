// SPDX-License-Identifier: ISC
//
// server/login.cpp - the AUTH part of a session.

#include "server/login.h"

#include "base/base64.h"
#include "base/secret.h"

namespace postern::server {

namespace reply = mail::reply;

std::optional<mail::Reply> Login::on_request(const smtp::AuthRequested& request) {
  mechanism_ = request.mechanism;
  exchange_.emplace(request.mechanism);
  return advance(request.response);
}

std::optional<mail::Reply> Login::on_response(const smtp::AuthResponded& response) {
  return advance(response.response);
}

std::optional<mail::Reply> Login::advance(std::optional<std::string_view> response) {
  auth::ExchangeStep step = exchange_->step(response);
  if (const auto* challenge = std::get_if<auth::Challenge>(&step)) {
    return reply::challenge(base64_encode(challenge->text));
  }
  exchange_.reset();
  if (auto* credentials = std::get_if<auth::Credentials>(&step)) {
    credentials_ = std::move(*credentials);
    return std::nullopt;
  }
  return reply::auth_malformed();
}

mail::Reply Login::conclude(AuthClient::Verdict verdict) {
  wipe(credentials_.password);
  switch (verdict) {
    case AuthClient::Verdict::valid: name_ = credentials_.name; return reply::auth_ok();
    case AuthClient::Verdict::invalid: return reply::auth_failed();
    case AuthClient::Verdict::unavailable: break;
  }
  return reply::auth_temporary();
}

}  // namespace postern::server
