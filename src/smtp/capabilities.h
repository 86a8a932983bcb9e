// SPDX-License-Identifier: ISC
//
// smtp/capabilities.h - the extensions that EHLO announces.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mail/reply.h"
#include "smtp/settings.h"

namespace postern::smtp {

enum class Security { clear, tls };

// What the client has greeted with: HELO, which has no extensions (RFC 5321 4.1.1.1), or else.
enum class Dialect { smtp, esmtp };

// A session at one moment, as far as what is on offer depends on it.
struct Situation {
  const Settings& settings;
  Security security = Security::clear;
  Dialect dialect = Dialect::smtp;
  bool is_authenticated = false;
  bool may_xclient = false;  // the peer is trusted to say whom it speaks for
  bool is_after_xclient = false;
  std::int64_t begun = 0;  // the session, seconds since 1970
};

// Whether STARTTLS is on offer (RFC 3207 4).
bool allows_starttls(const Situation& now);

// Whether AUTH would be accepted, were it sent now by somebody who has not authenticated; where it
// would not, it is not announced either (RFC 4954 3, 9).
bool allows_auth(const Situation& now);

// Why an address that is not ASCII is refused without SMTPUTF8.
mail::Reply non_ascii_refusal(const Situation& now);

// The latest HOLDUNTIL that is taken (RFC 4865), seconds since 1970.
std::int64_t last_release(const Situation& now);

// The lines of the EHLO reply without code: host name first, then each extension exactly when
// it holds at this moment (RFC 5321 3.2, 4.1.1.1).
std::vector<std::string> ehlo_lines(const Situation& now);

}  // namespace postern::smtp
