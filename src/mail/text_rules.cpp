// SPDX-License-Identifier: ISC
//
// mail/text_rules.cpp - what the text of a message may hold.
//
// The header is short and goes octet by octet, so that no cut can matter.  The body is long, and
// is only searched for NUL.

#include "mail/text_rules.h"

#include "base/text.h"

namespace postern::mail {

std::optional<Reply> TextInspector::inspect(std::string_view text) {
  while (!text.empty() && !header_.is_complete()) {
    if (auto refusal = inspect_header(text.substr(0, 1))) return refusal;
    text.remove_prefix(1);
  }
  return inspect_body(text);
}

std::optional<Reply> TextInspector::inspect_header(std::string_view octet) {
  header_.scan(octet);
  if (header_.octets() > rules_.header_octets) return reply::header_too_big();
  if (header_.received_fields() > rules_.hops) return reply::too_many_hops();
  if (header_.is_complete()) return inspect_body(octet);
  const char c = octet.front();
  auto refusal = inspect_field(c);
  line_octets_ = c == '\n' ? 0 : line_octets_ + 1;
  is_behind_cr_ = c == '\r';
  return refusal;
}

// Octets of a line that is not known to be a field yet are ASCII and no NUL, or else it were
// known to be none.
std::optional<Reply> TextInspector::inspect_field(char c) {
  if (header_.is_in_field() && is_line_too_long(c)) return reply::header_line_too_long();
  if (is_behind_cr_ != (c == '\n')) return reply::bare_cr_or_lf_in_header();
  if (c == '\0') return reply::nul_in_text();
  if (rules_.smtputf8) {
    if (!utf8_.take(c)) return reply::header_not_utf8();
  } else if (is_eight_bit(c) && !rules_.allows_eight_bit_header) {
    return reply::eight_bit_header();
  }
  return std::nullopt;
}

// A CR may stand behind the last octet that is allowed: with its LF it is no part of the line.
bool TextInspector::is_line_too_long(char c) const {
  return line_octets_ + (c == '\r' ? 0 : 1) > rules_.header_line_octets;
}

std::optional<Reply> TextInspector::inspect_body(std::string_view text) const {
  const bool has_nul = !rules_.is_binary && text.find('\0') != std::string_view::npos;
  return has_nul ? std::optional(reply::nul_in_text()) : std::nullopt;
}

std::optional<Reply> TextInspector::finish() {
  header_.finish();
  return utf8_.is_between_characters() ? std::nullopt : std::optional(reply::header_not_utf8());
}

}  // namespace postern::mail
