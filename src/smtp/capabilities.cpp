// SPDX-License-Identifier: ISC
//
// smtp/capabilities.cpp - the extensions that EHLO announces.

#include "smtp/capabilities.h"

#include "base/text.h"

namespace postern::smtp {

bool allows_auth(const Settings& settings, Security security) {
  return !settings.mechanisms.empty() && (security == Security::tls || settings.auth_without_tls);
}

std::vector<std::string> ehlo_lines(const Settings& settings, Security security,
                                    bool is_authenticated) {
  std::vector<std::string> lines{
      settings.hostname, "PIPELINING", cat("SIZE ", settings.limits.message_octets),
      "8BITMIME",        "SMTPUTF8",   "ENHANCEDSTATUSCODES",
  };
  // RFC 3207 4.2: not once TLS is there.
  if (settings.offers_starttls && security == Security::clear) lines.emplace_back("STARTTLS");
  if (allows_auth(settings, security) && !is_authenticated) {
    lines.push_back(cat("AUTH ", settings.mechanisms));
  }
  return lines;
}

}  // namespace postern::smtp
