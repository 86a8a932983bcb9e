// SPDX-License-Identifier: ISC
//
// mail/trace.h - the header fields a submission server writes itself.

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/peer_address.h"
#include "mail/envelope.h"

namespace postern::mail {

// A date as header fields have it (RFC 5322 3.3), in local time: "Mon, 23 Nov 2026 21:37:00 +0000".
std::string format_date(std::chrono::system_clock::time_point when);

// What a Received field tells (RFC 5321 4.4).
struct TraceFacts {
  std::string_view helo;      // what the client called itself
  const PeerAddress& peer;    // whom it came from
  std::string_view hostname;  // ours
  std::string_view tls;       // "TLSv1.3 with cipher ..."; empty in the clear
  std::chrono::system_clock::time_point when;
  std::string_view name = {};  // of peer, by the DNS: a domain; empty if it is not known
};

// "Received: from ...", folded, ending in LF.  The address of an authenticated client stays
// out, since it tells every recipient where the sender lives, and its name with it; the envelope
// has the address.  With one recipient the field names it ("for"); with several it must not
// (RFC 5321 7.2).
std::string received_field(const Envelope& envelope, const TraceFacts& facts);

// RFC 6409 8.2: "Date: ...", ending in LF.
std::string date_field(std::chrono::system_clock::time_point when);

// RFC 6409 8.3: "Message-ID: <id@hostname>", ending in LF.
std::string message_id_field(std::string_view id, std::string_view hostname);

}  // namespace postern::mail
