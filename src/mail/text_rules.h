// SPDX-License-Identifier: ISC
//
// mail/text_rules.h - what the text of a message may hold.
//
// The decisions, all of them:
//
//   The header may have header_octets octets, and hops Received fields (RFC 5321 6.3).
//   A line of a header field may have header_line_octets octets.
//   A CR or LF that stands alone in a header field is refused (RFC 5322 2.2), which concerns
//   BINARYMIME alone: what comes in lines has none by then.
//   A NUL is refused (RFC 5322 4.1, RFC 2045 2.7 and 2.8); BINARYMIME (RFC 3030 3) allows it in
//   the body, not in the header.
//   Octets above 127 in the header are refused (RFC 5322 2.2) unless the client said SMTPUTF8,
//   and then they are to be UTF-8 (RFC 6532 3.1); a listener may let all of them through.
//   Octets above 127 in the body are let through, whatever BODY said (RFC 6152): text that was
//   not declared is better passed on as it is than lost.
//   Lines of the body may be of any length (RFC 5321 4.5.3.1.6); cutting them would break them.
//   A text without a header is all body, and is accepted.
//
// A line counts as header as long as it may yet become a field; from the octet on which shows
// that it does not it is body, and so is all that follows.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/utf8_checker.h"
#include "mail/header_scanner.h"
#include "mail/reply.h"

namespace postern::mail {

struct TextRules {
  std::uint64_t header_octets;
  std::uint64_t header_line_octets;  // without its CRLF
  std::uint32_t hops;
  bool allows_eight_bit_header;  // where there is no SMTPUTF8
  bool smtputf8;                 // what MAIL said of this message
  bool is_binary;                // BODY=BINARYMIME
};

// Looks at the text of one message as it comes, in pieces of any size, and keeps nothing of it.
//
// The verdict depends on the text alone, not on how it was cut: it is that of the first octet
// with which a rule is broken.  If one octet breaks several, the order is that of the list above.
class TextInspector {
 public:
  explicit TextInspector(const TextRules& rules) : rules_(rules) {}

  // Feeds the next octets from the wire; lines end in CRLF, except maybe those of BINARYMIME.
  // Returns the reply that refuses the message; after one nothing more is to be fed.
  std::optional<Reply> inspect(std::string_view text);

  // The text ends here, with or without a line end (RFC 3030 2: the last chunk may have none).
  std::optional<Reply> finish();

  // What was found out about the header.
  const HeaderScanner& header() const { return header_; }

 private:
  std::optional<Reply> inspect_header(std::string_view octet);
  std::optional<Reply> inspect_body(std::string_view text) const;
  std::optional<Reply> inspect_field(char c);
  bool is_line_too_long(char c) const;

  TextRules rules_;
  HeaderScanner header_;
  Utf8Checker utf8_;
  std::uint64_t line_octets_ = 0;  // of the header line before this octet
  bool is_behind_cr_ = false;
};

}  // namespace postern::mail
