// SPDX-License-Identifier: ISC
//
// sendmail/draft.cpp - a whole message that is yet to be submitted.

#include "sendmail/draft.h"

#include <string>

#include "base/text.h"

namespace postern::sendmail {

namespace {

// text does not end in a CR.
std::string without_lone_crs(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t cr = text.find('\r');
    if (cr == std::string_view::npos) break;
    out += text.substr(0, cr);
    out += "\r\n";
    text.remove_prefix(cr + (text[cr + 1] == '\n' ? 2 : 1));
  }
  return out.append(text);
}

}  // namespace

Result<void> Draft::append(std::string_view octets) {
  std::string text;
  input_.read(octets, text);
  return take(text);
}

Result<void> Draft::finish() {
  std::string text;
  input_.finish(text);
  if (auto taken = take(text); !taken) return taken;
  if (header_.is_complete()) return {};
  header_.finish();
  return append_body(header_.body_begin());
}

Result<void> Draft::take(std::string_view text) {
  if (!header_.is_complete()) {
    if (auto read = header_.read(text); !read) return read;
    if (!header_.is_complete()) return {};
    if (auto kept = append_body(header_.body_begin()); !kept) return kept;
  }
  return append_body(text);
}

Result<void> Draft::append_body(std::string_view text) {
  if (text.empty()) return {};
  is_body_eight_bit_ = is_body_eight_bit_ || has_eight_bit(text);
  return body_.append(without_lone_crs(text));
}

}  // namespace postern::sendmail
