// SPDX-License-Identifier: ISC
//
// smtp/settings.h - what a session is told once, at its start.

#pragma once

#include <cstdint>
#include <string>

#include "mail/extensions.h"

namespace postern::smtp {

// LMTP (RFC 2033) is SMTP with LHLO for EHLO and a reply for each recipient behind the text.
enum class Protocol { smtp, lmtp };

// The bounds of one session (RFC 5321 7.8).  Each is at least 1, but 0 is no bound where it says
// so.
struct Limits {
  std::uint64_t message_octets;         // announced by SIZE and counted (RFC 1870)
  std::uint32_t recipients;             // of one message
  std::uint32_t recipient_domains = 0;  // different ones, of one message; 0: no bound
  std::uint32_t messages = 0;           // MAIL commands accepted; 0: no bound
  std::uint32_t errors;                 // replies of class 5 before 421
  std::uint32_t idle_commands;          // commands since the last message before 421
  std::uint32_t auth_failures;          // 535 before 421
  std::int64_t hold_seconds = 1;        // longest HOLDFOR (RFC 4865)
};

// Shared by all sessions of a listener; outlives them.
struct Settings {
  std::string hostname;
  Protocol protocol = Protocol::smtp;
  Limits limits;
  mail::Extensions extensions = {};
  bool offers_starttls;    // the session begins in the clear and may go under TLS
  std::string mechanisms;  // of AUTH, "PLAIN LOGIN"; empty: no AUTH here
  bool auth_without_tls;   // AUTH also in the clear
};

}  // namespace postern::smtp
