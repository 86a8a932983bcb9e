// SPDX-License-Identifier: ISC
//
// auth/exchange.cpp - PLAIN and LOGIN over GNU SASL.

#include "auth/exchange.h"

#include <gsasl.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "base/text.h"

namespace postern::auth {

namespace {

struct Mechanism {
  const char* name;
  std::size_t max_response;  // octets
  std::size_t challenges;
  std::array<std::string_view, 2> texts;
};

// GNU SASL asks LOGIN clients for "User Name" and "Password"; some old ones know only the texts
// that every other server sends.
constexpr std::array all_mechanisms{
    Mechanism{"PLAIN", 3 * max_credential + 2, 1, {"", ""}},
    Mechanism{"LOGIN", max_credential, 2, {"Username:", "Password:"}},
};

const Mechanism* find_mechanism(std::string_view name) {
  const auto found =
      std::find_if(all_mechanisms.begin(), all_mechanisms.end(),
                   [name](const Mechanism& mechanism) { return iequals(mechanism.name, name); });
  return found == all_mechanisms.end() ? nullptr : &*found;
}

// Lets GNU SASL take every password: what it collected is read from the session afterwards.
int accept_for_now(Gsasl* /*context*/, Gsasl_session* /*session*/, Gsasl_property property) {
  return property == GSASL_VALIDATE_SIMPLE ? GSASL_OK : GSASL_NO_CALLBACK;
}

class Context {
 public:
  Context() {
    if (::gsasl_init(&context_) != GSASL_OK) context_ = nullptr;
    if (context_ != nullptr) ::gsasl_callback_set(context_, accept_for_now);
  }
  ~Context() {
    if (context_ != nullptr) ::gsasl_done(context_);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Gsasl* get() const { return context_; }

 private:
  Gsasl* context_ = nullptr;
};

// Only tables of what the library can do; all exchanges of a process share it.
Gsasl* shared_context() {
  static const Context context;
  return context.get();
}

struct FinishSession {
  void operator()(Gsasl_session* session) const { ::gsasl_finish(session); }
};
using Session = std::unique_ptr<Gsasl_session, FinishSession>;

// Nothing if memory is short.
Session start_session(const char* mechanism) {
  Gsasl* context = shared_context();
  Gsasl_session* session = nullptr;
  if (context == nullptr || ::gsasl_server_start(context, mechanism, &session) != GSASL_OK) {
    return nullptr;
  }
  return Session(session);
}

// GNU SASL's verdict on response; its own challenge is not used.
int feed(Gsasl_session& session, std::string_view response) {
  char* output = nullptr;
  std::size_t output_octets = 0;
  const int status =
      ::gsasl_step(&session, response.data(), response.size(), &output, &output_octets);
  ::gsasl_free(output);
  return status;
}

std::string_view property_of(Gsasl_session& session, Gsasl_property property) {
  const char* value = ::gsasl_property_fast(&session, property);
  return value == nullptr ? std::string_view() : value;
}

bool is_acceptable(std::string_view text) {
  return !text.empty() && text.size() <= max_credential;
}

ExchangeStep credentials_of(Gsasl_session& session) {
  const std::string_view name = property_of(session, GSASL_AUTHID);
  const std::string_view password = property_of(session, GSASL_PASSWORD);
  const std::string_view acts_for = property_of(session, GSASL_AUTHZID);
  if (!is_acceptable(name) || !is_acceptable(password)) return Malformed{};
  if (!acts_for.empty() && acts_for != name) return Malformed{};
  return Credentials{std::string(name), std::string(password)};
}

}  // namespace

class Exchange::Impl {
 public:
  explicit Impl(const Mechanism& mechanism)
      : mechanism_(mechanism), session_(start_session(mechanism.name)) {}

  ExchangeStep step(std::optional<std::string_view> response) {
    if (!session_) return Malformed{};
    if (asked_ == 0) {
      // The server speaks first in LOGIN.  What comes with AUTH answers the challenge that it
      // would have sent: in LOGIN that is the name.
      if (feed(*session_, "") != GSASL_NEEDS_MORE) return Malformed{};
      const Challenge first = next_challenge();
      if (!response) return first;
    }
    return answered(response.value_or(""));
  }

 private:
  Challenge next_challenge() { return {std::string(mechanism_.texts.at(asked_++))}; }

  ExchangeStep answered(std::string_view response) {
    const bool fits = response.size() <= mechanism_.max_response;
    const int status = fits ? feed(*session_, response) : GSASL_MECHANISM_PARSE_ERROR;
    // To an empty response PLAIN would go on asking.
    if (status == GSASL_NEEDS_MORE && asked_ < mechanism_.challenges) return next_challenge();
    const Session over = std::move(session_);  // it holds the password, so it must not linger
    if (status != GSASL_OK) return Malformed{};
    return credentials_of(*over);
  }

  const Mechanism& mechanism_;
  Session session_;
  std::size_t asked_ = 0;  // challenges so far
};

std::string_view Exchange::mechanisms() {
  return "PLAIN LOGIN";
}

bool Exchange::is_supported(std::string_view mechanism) {
  return find_mechanism(mechanism) != nullptr;
}

Exchange::Exchange(std::string_view mechanism) {
  const Mechanism* found = find_mechanism(mechanism);
  assert(found != nullptr);
  impl_ = std::make_unique<Impl>(*found);
}

Exchange::Exchange(Exchange&&) noexcept = default;
Exchange& Exchange::operator=(Exchange&&) noexcept = default;
Exchange::~Exchange() = default;

ExchangeStep Exchange::step(std::optional<std::string_view> response) {
  return impl_->step(response);
}

}  // namespace postern::auth
