// SPDX-License-Identifier: ISC
//
// mail/domain.h - domain names and address literals.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace postern::mail {

// Which characters an address may have: RFC 5321's, or also UTF-8 (RFC 6531 3.3).
enum class Charset { ascii, utf8 };

// The whole of text as a domain name (RFC 5321 4.1.2, RFC 6531 3.3) in the one form by which
// domain names are compared: ASCII, in lower case, at most 255 octets.
//
// A name beyond ASCII has U-labels; they become A-labels (RFC 5890 2.3.2.1), upper case and the
// like being mapped first (RFC 5895).  What IDNA2008 does not allow is no domain name.  A name in
// ASCII is not looked at so closely: labels of digits alone and "xn--" with anything behind it
// are accepted, and so is a single label.  Underscores and a dot at the end are not.
//
// Errors are Errc::syntax, or Errc::limit beyond 255 octets (RFC 5321 4.5.3.1.2), and with
// U-labels beyond 253 of A-labels and dots, which is all that the DNS can hold (RFC 1035 2.3.4).
Result<std::string> canonical_domain(std::string_view text);

// The whole of text as an address literal (RFC 5321 4.1.3), "[192.0.2.1]", "[IPv6:2001:db8::1]"
// or "[tag:content]", with the brackets, likewise.  IPv6 addresses take the form of RFC 5952;
// the rest stays as it is.  Numbers of IPv4 addresses with leading zeros are refused, since some
// read them as octal; "::" for a single group of zeros is accepted as by RFC 4291 2.2.
Result<std::string> canonical_address_literal(std::string_view text);

// Whether the whole of text is a domain name.
bool is_domain(std::string_view text, Charset charset);

}  // namespace postern::mail
