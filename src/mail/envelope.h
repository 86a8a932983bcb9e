// SPDX-License-Identifier: ISC
//
// mail/envelope.h - what SMTP said about a message: from whom, to whom, how it came.

#pragma once

#include <string>
#include <vector>

#include "mail/address.h"

namespace postern::mail {

// The BODY parameter of MAIL (RFC 6152, RFC 3030).
enum class Body { seven_bit, eight_bit_mime, binary_mime };

enum class Delivery { to_do, delivered, failed };

struct Recipient {
  Mailbox address;
  Delivery delivery = Delivery::to_do;

  friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct Envelope {
  Mailbox reverse_path;
  std::vector<Recipient> recipients;
  Body body = Body::seven_bit;
  bool smtputf8 = false;  // RFC 6531 3.4
  std::string id;         // of the message: in the log, the 250 reply, Received and the file name
  std::string login;      // who authenticated; empty if nobody did
  std::string peer;       // PeerAddress::to_string()
  std::string with;       // how it came (RFC 3848, RFC 6531 4.3): "ESMTPSA", "UTF8SMTPS", ...

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

}  // namespace postern::mail
