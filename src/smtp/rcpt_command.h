// SPDX-License-Identifier: ISC
//
// smtp/rcpt_command.h - the arguments of RCPT.

#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "mail/address.h"
#include "mail/envelope.h"
#include "mail/reply.h"
#include "smtp/capabilities.h"

namespace postern::smtp {

// Parses what stands behind RCPT: "TO:<...> NOTIFY=NEVER".  charset is utf8 if MAIL said
// SMTPUTF8.  The error is the reply.
tl::expected<mail::Recipient, mail::Reply> parse_rcpt(std::string_view arguments,
                                                      mail::Charset charset, const Situation& now);

}  // namespace postern::smtp
