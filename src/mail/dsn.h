// SPDX-License-Identifier: ISC
//
// mail/dsn.h - the values of the parameters that ask for delivery status notifications.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mail/envelope.h"

namespace postern::mail {

// Each takes the whole of text as the value of one parameter of MAIL or RCPT (RFC 3461 4, 5.4), and
// returns nothing if it is malformed or too long.

// NOTIFY: "NEVER", or some of "SUCCESS,FAILURE,DELAY", none of them twice; in any case.
std::optional<Notify> parse_notify(std::string_view text);

// RET: "FULL" or "HDRS", in any case.
std::optional<Return> parse_return(std::string_view text);

// ENVID: 1 to 100 characters of xtext for printable ASCII.  Returns it decoded.
std::optional<std::string> parse_envelope_id(std::string_view text);

// ORCPT: an address type, ";", and an address that is not empty; at most 500 characters, as it
// came and as it will be printed.  The address is printable ASCII in xtext; of the type "utf-8"
// it is UTF-8 without control characters, in the forms of RFC 6533 3, of which Charset::ascii
// allows only the one in ASCII.  Whether the address is one, its type alone would know.
std::optional<OriginalRecipient> parse_original_recipient(std::string_view text, Charset charset);

// The inverses, in ASCII and fit for a parameter.  notify must say something.
std::string format_notify(const Notify& notify);
std::string format_original_recipient(const OriginalRecipient& recipient);

}  // namespace postern::mail
