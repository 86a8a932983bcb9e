// SPDX-License-Identifier: ISC
//
// smtp/mail_command.h - the arguments of MAIL.

#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "mail/reply.h"
#include "smtp/capabilities.h"
#include "smtp/transaction.h"

namespace postern::smtp {

// Parses what stands behind MAIL: "FROM:<...> SIZE=1000 BODY=8BITMIME".  A parameter is known
// exactly when its extension is on offer now (RFC 5321 4.1.1.11), but for AUTH, which is always,
// and REQUIRETLS, which in the clear is refused by a reply of its own.  The error is the reply.
tl::expected<Sender, mail::Reply> parse_mail(std::string_view arguments, const Situation& now);

}  // namespace postern::smtp
