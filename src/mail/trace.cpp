// SPDX-License-Identifier: ISC
//
// mail/trace.cpp - the header fields a submission server writes itself.

#include "mail/trace.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"

namespace postern::mail {

namespace {

// Day and month in English whatever the locale says; strftime would ask it.
constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string zone(long offset_seconds) {
  const long minutes = (offset_seconds < 0 ? -offset_seconds : offset_seconds) / 60;
  return cat(offset_seconds < 0 ? '-' : '+', two_digits(minutes / 60), two_digits(minutes % 60));
}

// RFC 5321 4.1.3.
std::string address_literal(const PeerAddress& peer) {
  return peer.ip()->is_v4() ? cat("[", peer.to_string(), "]")
                            : cat("[IPv6:", peer.to_string(), "]");
}

// Clients call themselves anything; only what cannot break the field's syntax is repeated.
bool is_repeatable(std::string_view helo) {
  constexpr std::string_view harmless = ".-_:[]";
  return !helo.empty() && std::all_of(helo.begin(), helo.end(), [&](char c) {
    return is_alnum(c) || harmless.find(c) != std::string_view::npos;
  });
}

// Where our own users are is nobody's business (RFC 5321 7.6).
std::string from_clause(const Envelope& envelope, const TraceFacts& facts) {
  const std::string name = cat("from ", is_repeatable(facts.helo) ? facts.helo : "unknown");
  if (facts.peer.user_id()) return cat(name, " (local user ", *facts.peer.user_id(), ")");
  if (!envelope.login.empty()) return cat(name, " (authenticated)");
  if (!facts.peer.ip()) return cat(name, " (", facts.peer.to_string(), ")");
  return cat(name, " (", facts.name, facts.name.empty() ? "" : " ", address_literal(facts.peer),
             ")");
}

}  // namespace

std::string format_date(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return cat(days[static_cast<std::size_t>(local.tm_wday)], ", ", local.tm_mday, " ",
             months[static_cast<std::size_t>(local.tm_mon)], " ", local.tm_year + 1900, " ",
             two_digits(local.tm_hour), ":", two_digits(local.tm_min), ":",
             two_digits(local.tm_sec), " ", zone(local.tm_gmtoff));
}

std::string received_field(const Envelope& envelope, const TraceFacts& facts) {
  std::string field = cat("Received: ", from_clause(envelope, facts), "\n\tby ", facts.hostname,
                          " (Postern) with ", envelope.with, " id ", envelope.id);
  if (!facts.tls.empty()) field += cat("\n\t(using ", facts.tls, ")");
  if (envelope.recipients.size() == 1) {
    field += cat("\n\tfor <", envelope.recipients.front().address.to_string(), ">");
  }
  return cat(field, ";\n\t", format_date(facts.when), "\n");
}

std::string date_field(std::chrono::system_clock::time_point when) {
  return cat("Date: ", format_date(when), "\n");
}

std::string message_id_field(std::string_view id, std::string_view hostname) {
  return cat("Message-ID: <", id, "@", hostname, ">\n");
}

}  // namespace postern::mail
