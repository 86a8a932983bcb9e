// SPDX-License-Identifier: ISC
//
// mail/envelope.h - what SMTP said about a message: from whom, to whom, how it came.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/address.h"

namespace postern::mail {

// The BODY parameter of MAIL (RFC 6152 2, RFC 3030 3).
enum class Body { seven_bit, eight_bit_mime, binary_mime };

enum class Delivery { to_do, delivered, failed };

// When a delivery status notification is wanted (RFC 3461 4.1).  never goes alone.
struct Notify {
  bool never = false;
  bool success = false;
  bool failure = false;
  bool delay = false;

  friend bool operator==(const Notify&, const Notify&) = default;
};

// Whom the sender first wrote to, before any forwarding (RFC 3461 4.2, RFC 6533 3).
struct OriginalRecipient {
  std::string type;     // "rfc822", "utf-8", ..., in lower case
  std::string address;  // decoded: UTF-8, or ASCII

  friend bool operator==(const OriginalRecipient&, const OriginalRecipient&) = default;
};

struct Recipient {
  Mailbox address;
  Delivery delivery = Delivery::to_do;
  std::optional<Notify> notify = std::nullopt;  // none: as RFC 3461 5.2.1 has it, on failure
  std::optional<OriginalRecipient> original = std::nullopt;

  friend bool operator==(const Recipient&, const Recipient&) = default;
};

// What of the message a delivery status notification returns (RFC 3461 4.3).
enum class Return { full, headers };

// By when, and what to do if that cannot be (RFC 2852 4).
enum class ByMode { return_message, notify };
struct DeliverBy {
  std::int64_t deadline = 0;  // seconds since 1970; may be over already with ByMode::notify
  ByMode mode = ByMode::notify;
  bool trace = false;  // every relay on the way is to be told of

  friend bool operator==(const DeliverBy&, const DeliverBy&) = default;
};

struct Envelope {
  Mailbox reverse_path;
  std::vector<Recipient> recipients;
  Body body = Body::seven_bit;
  bool smtputf8 = false;                     // RFC 6531 3.4
  bool require_tls = false;                  // RFC 8689 2
  std::optional<Return> ret = std::nullopt;  // RFC 3461 4.3
  std::string envelope_id;                   // ENVID, decoded (RFC 3461 4.4); may be empty
  std::optional<std::int64_t> hold_until = std::nullopt;  // seconds since 1970 (RFC 4865)
  std::optional<DeliverBy> deliver_by = std::nullopt;     // RFC 2852
  std::optional<int> priority = std::nullopt;             // -9 to 9 (RFC 6710)
  std::string submitter;  // who first submitted it, says a trusted client (AUTH=, RFC 4954 5)
  std::string id;         // of the message: in the log, the 250 reply, Received and the file name
  std::string login;      // who authenticated; empty if nobody did
  std::string peer;       // PeerAddress::to_string()
  std::string with;       // how it came (RFC 3848, RFC 6531 4.3): "ESMTPSA", "UTF8SMTPS", ...

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

}  // namespace postern::mail
