// SPDX-License-Identifier: ISC
//
// auth/exchange.h - one SASL exchange, server side.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "auth/verifier.h"

namespace postern::auth {

// What the exchange wants next.  Strings are raw octets; base64 is SMTP's business.
struct Challenge {
  std::string text;
};
struct Malformed {};  // the client broke the mechanism's syntax; the exchange is over

// The client has said who it is: the exchange is over and the caller has the password checked.
using ExchangeStep = std::variant<Challenge, Credentials, Malformed>;

// A SASL exchange (RFC 4422) over GNU SASL: PLAIN (RFC 4616 2) and LOGIN.  No I/O, and no
// password is checked here, since that takes longer than a loop may wait.  Credentials come after
// at most two challenges.
class Exchange {
 public:
  // Names as AUTH is advertised with them, best first.
  static std::string_view mechanisms();                  // "PLAIN LOGIN"
  static bool is_supported(std::string_view mechanism);  // in any case

  // mechanism must be supported.
  explicit Exchange(std::string_view mechanism);
  Exchange(Exchange&&) noexcept;
  Exchange& operator=(Exchange&&) noexcept;
  ~Exchange();

  // The first call may carry the initial response (RFC 4954 4); "" and nothing differ, as they
  // do there.  Later calls must carry one.  Must not be called after Credentials or Malformed.
  // Malformed are also an empty name or password, one beyond max_credential, one that holds a
  // NUL, and an authorization identity other than the name itself: nobody acts for another
  // here.  With PLAIN, name and password come prepared by SASLprep (RFC 4013).
  ExchangeStep step(std::optional<std::string_view> response);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postern::auth
