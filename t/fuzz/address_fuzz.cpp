// SPDX-License-Identifier: ISC
//
// t/fuzz/address_fuzz.cpp - mailboxes, paths, domains, IP addresses and sets of them.
//
// The input is taken as each of them.  What parses prints as a text that parses to the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/address_set.h"
#include "base/ip_address.h"
#include "base/text.h"
#include "cut.h"
#include "mail/address.h"

using namespace postern;
using namespace postern::mail;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

using ParsePath = Result<Mailbox> (*)(std::string_view& text, Charset charset);

void check_value(const Mailbox& mailbox) {
  const std::string printed = mailbox.to_string();
  require(mailbox.local_part.size() <= 64 && mailbox.domain.size() <= 255);
  require(is_utf8(printed) && std::none_of(printed.begin(), printed.end(), is_control));
  require(!has_unicode_control(mailbox.local_part) && !has_eight_bit(mailbox.domain));
  require(mailbox.domain.starts_with('[') || lower(mailbox.domain) == mailbox.domain);
  require(mailbox.domain.empty() || is_domain(mailbox.domain, Charset::ascii) ||
          canonical_address_literal(mailbox.domain).has_value());
}

void check_mailbox(std::string_view text) {
  const auto mailbox = parse_mailbox(text, Charset::utf8);
  const auto ascii = parse_mailbox(text, Charset::ascii);
  if (!mailbox) return require(!ascii);
  check_value(*mailbox);
  require(ascii.has_value() == !has_eight_bit(text));
  require(!ascii || *ascii == *mailbox);
  const auto again = parse_mailbox(mailbox->to_string(), Charset::utf8);
  require(again && *again == *mailbox);
}

void check_path(std::string_view text, ParsePath parse, Charset charset) {
  std::string_view rest = text;
  const auto path = parse(rest, charset);
  if (!path) return require(rest.data() == text.data() && rest.size() == text.size());
  check_value(*path);
  require(rest.size() < text.size() && text.ends_with(rest));
  require(text.size() - rest.size() <= 256);
  require(charset == Charset::utf8 || !has_eight_bit(text.substr(0, text.size() - rest.size())));
  const std::string printed = cat("<", path->to_string(), ">");
  std::string_view printed_rest = printed;
  const auto again = parse(printed_rest, charset);
  require(again && *again == *path && printed_rest.empty());
}

// The form that a domain or a literal has is its own form.
void check_form(std::string_view text, Result<std::string> (*canonical)(std::string_view)) {
  const auto form = canonical(text);
  if (!form) return require(!form.error().what.empty());
  require(form->size() <= 255 && !has_eight_bit(*form));
  const auto again = canonical(*form);
  require(again && *again == *form);
}

void check_domain(std::string_view text) {
  if (is_domain(text, Charset::ascii)) require(is_domain(text, Charset::utf8));
  check_form(text, canonical_domain);
  check_form(text, canonical_address_literal);
}

void check_ip(std::string_view text) {
  const auto ip = IpAddress::parse(text);
  if (ip) require(IpAddress::parse(ip->to_string()) == ip);
  AddressSet set;
  const auto added = set.add(text);
  require(added.has_value() == !set.empty());
  if (ip) require(added.has_value() && set.contains(*ip));
  if (!added) require(!added.error().what.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string copy(data, data + size);
  const PieceBuffer input(copy);
  const std::string_view text = input.view();
  check_mailbox(text);
  for (const Charset charset : {Charset::ascii, Charset::utf8}) {
    check_path(text, parse_reverse_path, charset);
    check_path(text, parse_forward_path, charset);
  }
  check_domain(text);
  check_ip(text);
  return 0;
}
