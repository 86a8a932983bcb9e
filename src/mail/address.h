// SPDX-License-Identifier: ISC
//
// mail/address.h - mailboxes and paths of the SMTP envelope.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace postern::mail {

// A mailbox as a value (RFC 5321 4.1.2).  Equal mailboxes compare equal: the local part is
// kept without quoting and with its case, the domain in lower case.
struct Mailbox {
  std::string local_part;
  std::string domain;  // "example.org", or an address literal with its brackets

  // The null reverse path "<>", which bounces come from (RFC 5321 4.5.5).
  bool is_null() const { return local_part.empty() && domain.empty(); }

  // "alice@example.org", the local part quoted where it has to be; "postmaster" alone has no
  // domain; empty for the null path.
  std::string to_string() const;

  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

// Which characters an address may have: RFC 5321's, or also UTF-8 (RFC 6531 3.3).
enum class Charset { ascii, utf8 };

// Parses "<...>" at the start of text and takes it off text; what follows are parameters.
// A source route is accepted and dropped (RFC 5321 3.6.1, appendix C).  Errors are Errc::syntax
// (RFC 6409 5.1), or Errc::limit beyond 64 octets of local part, 255 of domain, 256 of path
// (RFC 5321 4.5.3.1); text is then left as it was.
Result<Mailbox> parse_reverse_path(std::string_view& text, Charset charset);  // may be null
Result<Mailbox> parse_forward_path(std::string_view& text, Charset charset);  // or <postmaster>

// The whole of text as local-part@domain, without angle brackets.
Result<Mailbox> parse_mailbox(std::string_view text, Charset charset);

// The whole of text as a domain or an address literal, as EHLO takes it (RFC 5321 4.1.1.1).
bool is_domain_or_literal(std::string_view text, Charset charset);

// The whole of text as a domain name (RFC 5321 4.1.2 Domain).
bool is_domain(std::string_view text, Charset charset);

}  // namespace postern::mail
