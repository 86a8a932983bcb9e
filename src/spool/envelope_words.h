// SPDX-License-Identifier: ISC
//
// spool/envelope_words.h - the words of Postern-Envelope and Postern-Recipient.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mail/envelope.h"

namespace postern::spool {

// What stands behind the version in Postern-Envelope: "; key" or "; key=value" for each member
// that is set, but for the paths, in the order of postern-spool(5).
std::string format_words(const mail::Envelope& envelope);

// What stands behind the address in Postern-Recipient: " key=value" for each member that is set.
std::string format_words(const mail::Recipient& recipient);

// The inverses: text is all that stands there.  Sets members of an envelope or recipient in which
// none of them was set yet; keys that are not known are skipped.  Errc::syntax if a word is
// malformed, stands there twice, or is missing; some members may then be set.
Result<void> parse_words(std::string_view text, mail::Envelope& envelope);
Result<void> parse_words(std::string_view text, mail::Recipient& recipient);

}  // namespace postern::spool
