// SPDX-License-Identifier: ISC
//
// smtp/capabilities.cpp - the extensions that EHLO announces.

#include "smtp/capabilities.h"

#include <array>

#include "base/text.h"
#include "mail/timestamp.h"
#include "smtp/xclient.h"

namespace postern::smtp {

namespace {

// RFC 9422 3: what is not bounded is not named.
std::string limits_line(const Situation& now) {
  const Limits& limits = now.settings.limits;
  std::string line = cat("LIMITS RCPTMAX=", limits.recipients);
  if (limits.messages > 0) line += cat(" MAILMAX=", limits.messages);
  if (limits.recipient_domains > 0) line += cat(" RCPTDOMAINMAX=", limits.recipient_domains);
  return line;
}

struct Capability {
  bool mail::Extensions::*is_on;
  std::string (*line)(const Situation&);  // empty: not at this moment
};

using Extensions = mail::Extensions;

constexpr std::array capabilities{
    Capability{&Extensions::pipelining, [](const Situation&) { return cat("PIPELINING"); }},
    Capability{
        &Extensions::size,
        [](const Situation& now) { return cat("SIZE ", now.settings.limits.message_octets); }},
    Capability{&Extensions::eight_bit_mime, [](const Situation&) { return cat("8BITMIME"); }},
    Capability{&Extensions::smtputf8, [](const Situation&) { return cat("SMTPUTF8"); }},
    Capability{&Extensions::enhanced_status_codes,
               [](const Situation&) { return cat("ENHANCEDSTATUSCODES"); }},
    Capability{&Extensions::dsn, [](const Situation&) { return cat("DSN"); }},
    Capability{&Extensions::chunking, [](const Situation&) { return cat("CHUNKING"); }},
    Capability{&Extensions::binary_mime, [](const Situation&) { return cat("BINARYMIME"); }},
    Capability{&Extensions::limits, limits_line},
    // RFC 8689 2: in the clear it is not announced.
    Capability{&Extensions::require_tls,
               [](const Situation& now) {
                 return cat(now.security == Security::tls ? "REQUIRETLS" : "");
               }},
    Capability{&Extensions::future_release,
               [](const Situation& now) {
                 return cat("FUTURERELEASE ", now.settings.limits.hold_seconds, " ",
                            mail::format_timestamp(last_release(now)));
               }},
    Capability{&Extensions::deliver_by, [](const Situation&) { return cat("DELIVERBY"); }},
    Capability{&Extensions::mt_priority, [](const Situation&) { return cat("MT-PRIORITY"); }},
};

}  // namespace

// RFC 3207 4.2: not once TLS is there.  Nor when who the session is with was said in the clear,
// maybe by somebody in between.
bool allows_starttls(const Situation& now) {
  return now.settings.offers_starttls && now.security == Security::clear && !now.is_after_xclient;
}

bool allows_auth(const Situation& now) {
  return !now.settings.mechanisms.empty() &&
         (now.security == Security::tls || now.settings.auth_without_tls);
}

mail::Reply non_ascii_refusal(const Situation& now) {
  const bool is_offered = now.dialect == Dialect::esmtp && now.settings.extensions.smtputf8;
  return is_offered ? mail::reply::smtputf8_needed() : mail::reply::ascii_only();
}

std::int64_t last_release(const Situation& now) {
  return now.begun + now.settings.limits.hold_seconds;
}

std::vector<std::string> ehlo_lines(const Situation& now) {
  std::vector<std::string> lines{now.settings.hostname};
  for (const Capability& capability : capabilities) {
    if (!(now.settings.extensions.*capability.is_on)) continue;
    if (std::string line = capability.line(now); !line.empty()) lines.push_back(std::move(line));
  }
  if (allows_starttls(now)) lines.emplace_back("STARTTLS");
  if (allows_auth(now) && !now.is_authenticated) {
    lines.push_back(cat("AUTH ", now.settings.mechanisms));
  }
  if (now.may_xclient) lines.push_back(cat("XCLIENT ", xclient_attributes));
  return lines;
}

}  // namespace postern::smtp
