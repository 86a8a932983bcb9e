// SPDX-License-Identifier: ISC
//
// spool/envelope_text.h - the envelope as the first header fields of a spooled message.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/envelope.h"

namespace postern::spool {

// Return-Path, Postern-Envelope and one Postern-Recipient per recipient, lines ending in LF,
// as postern-spool(5) defines them.  Received must follow at once: it ends the envelope, so no
// field of the client's message can be taken for one of ours.
//
// The addresses must have come from a parser (mail/address.h): they are not looked at again.  Of
// the rest, a notify must ask for something, an original recipient have a type, and an address in
// UTF-8; priority is within its bounds.  Other texts may hold any octets.
std::string format_envelope(const mail::Envelope& envelope);

// The inverse, for programs that drain the spool.  text begins at the start of the file and may
// go on behind the envelope.  Errc::syntax if it is not one, or if it is cut off before
// "Received:".  Needs time in proportion to text, and memory in proportion to its envelope.
Result<mail::Envelope> parse_envelope(std::string_view text);

// Where the marks of the recipients stand in a text that begins with an envelope: the only octets
// of a file that ever change.
std::vector<std::size_t> mark_positions(std::string_view text);

// Whether a mark may be this.
bool is_delivery_mark(char c);

}  // namespace postern::spool
