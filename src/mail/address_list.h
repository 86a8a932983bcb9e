// SPDX-License-Identifier: ISC
//
// mail/address_list.h - the addresses in the value of a header field.

#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/address.h"

namespace postern::mail {

// All mailboxes in the value of a To, Cc or Bcc field (RFC 5322 3.4), members of groups among
// them, in order; none if there are none, as in "Undisclosed recipients:;".  The value may be
// folded; names and comments are dropped unread, so what is encoded in them does not matter.
//
// What has no domain, as in "To: root", becomes a mailbox with an empty one.  Internationalised
// addresses are understood (RFC 6532 3.3).  Beyond RFC 5322, and its obsolete forms, this is
// allowed, since people and programs write it: names that hold dots and at signs unquoted, ";"
// between addresses, and a group that nothing ends.
//
// Errors are Errc::syntax, or Errc::limit as by parse_mailbox(), and show what was not understood:
// better no address at all than one that nobody meant.
Result<std::vector<Mailbox>> parse_address_list(std::string_view value);

}  // namespace postern::mail
