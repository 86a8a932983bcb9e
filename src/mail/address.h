// SPDX-License-Identifier: ISC
//
// mail/address.h - mailboxes and paths of the SMTP envelope.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mail/domain.h"

namespace postern::mail {

// A mailbox as a value (RFC 5321 4.1.2).  Equal mailboxes compare equal: the local part is
// kept without quoting, otherwise octet for octet, since only its own domain may know more about
// it (RFC 5321 2.3.11); the domain is in its one form, so if anything in a mailbox is beyond
// ASCII, it is the local part.
struct Mailbox {
  std::string local_part;  // may be empty, as in `""@example.org`
  std::string domain;      // of canonical_domain(), or canonical_address_literal()

  // The null reverse path "<>", which bounces come from (RFC 5321 4.5.5).
  bool is_null() const { return local_part.empty() && domain.empty(); }

  // "alice@example.org", the local part quoted where it has to be; "postmaster" alone has no
  // domain; empty for the null path.
  std::string to_string() const;

  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

// Parses "<...>" at the start of text and takes it off text; what follows are parameters.
// A source route is accepted and dropped (RFC 5321 3.6.1, appendix C).  Errors are Errc::syntax
// (RFC 6409 5.1), or Errc::limit beyond 64 octets of local part, 255 of domain, 256 of path
// (RFC 5321 4.5.3.1), as it came and as it will be printed; text is then left as it was.
Result<Mailbox> parse_reverse_path(std::string_view& text, Charset charset);  // may be null
Result<Mailbox> parse_forward_path(std::string_view& text, Charset charset);  // or <postmaster>

// The whole of text as local-part@domain, without angle brackets.
Result<Mailbox> parse_mailbox(std::string_view text, Charset charset);

}  // namespace postern::mail
