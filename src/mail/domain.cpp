// SPDX-License-Identifier: ISC
//
// mail/domain.cpp - domain names and address literals.

#include "mail/domain.h"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "base/ip_address.h"
#include "base/text.h"

namespace postern::mail {

namespace {

constexpr std::size_t max_domain = 255;  // RFC 5321 4.5.3.1.2
constexpr std::size_t max_label = 63;    // RFC 1035 2.3.4

struct FreeIdn {
  void operator()(char* text) const { ::idn2_free(text); }
};

tl::unexpected<Error> malformed() {
  return fail(Errc::syntax, "malformed domain");
}

tl::unexpected<Error> too_long() {
  return fail(Errc::limit, "domain is longer than 255 octets");
}

tl::unexpected<Error> not_internationalised() {
  return fail(Errc::syntax, "domain is no internationalised domain name");
}

bool is_label_char(char c) {
  return is_alnum(c) || c == '-';
}

// How long a label is can be told in ASCII only.
bool is_label(std::string_view text) {
  if (text.empty() || text.starts_with('-') || text.ends_with('-')) return false;
  if (text.size() > max_label && !has_eight_bit(text)) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_label_char(c) || is_eight_bit(c); });
}

bool are_labels(std::string_view text) {
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// RFC 5891 5, after the mapping of UTS 46.  Its rules for ASCII (STD3) are not asked for: the
// library would not refuse a character that they exclude, but leave it out.
Result<std::string> to_a_labels(const std::string& domain) {
  char* found = nullptr;
  const int status =
      ::idn2_to_ascii_8z(domain.c_str(), &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, FreeIdn> a_labels(found);
  if (status == IDN2_TOO_BIG_DOMAIN) return fail(Errc::limit, "domain is too long for the DNS");
  if (status != IDN2_OK) return not_internationalised();
  // What stood for a dot, a slash or nothing at all has become that.
  if (has_eight_bit(found) || !are_labels(found)) return not_internationalised();
  return std::string(found);
}

// RFC 5321 4.1.3 dcontent, ":" being one of them.
bool is_literal_char(char c) {
  return c > ' ' && c != '[' && c != '\\' && c != ']' && !is_control(c) && !is_eight_bit(c);
}

// RFC 5952 5: an address that was mapped from IPv4 shows it.
std::string ipv6_text(const IpAddress& address) {
  return address.is_v4() ? cat("::ffff:", address.to_string()) : address.to_string();
}

// RFC 5321 4.1.3 Standardized-tag.
bool is_tag(std::string_view text) {
  return !text.empty() && !text.ends_with('-') &&
         std::all_of(text.begin(), text.end(), is_label_char);
}

// What stands between the brackets.
Result<std::string> canonical_literal_content(std::string_view content) {
  const std::size_t colon = content.find(':');
  if (colon == std::string_view::npos) {
    const auto address = IpAddress::parse(content);
    if (!address) return malformed();
    return address->to_string();
  }
  const std::string_view tag = content.substr(0, colon);
  const std::string_view rest = content.substr(colon + 1);
  if (!is_tag(tag) || rest.empty()) return malformed();
  // Who forgets the tag has made one of the first group, by the letter of the grammar.
  if (IpAddress::parse(content)) return malformed();
  if (!iequals(tag, "IPv6")) return std::string(content);
  const auto address = IpAddress::parse(rest);
  const bool is_v6 = address && rest.find(':') != std::string_view::npos;
  if (!is_v6) return malformed();
  return cat("IPv6:", ipv6_text(*address));
}

}  // namespace

Result<std::string> canonical_domain(std::string_view text) {
  if (!are_labels(text)) return malformed();
  if (has_eight_bit(text)) {
    if (!is_utf8(text)) return fail(Errc::syntax, "domain is not UTF-8");
    return to_a_labels(std::string(text));
  }
  if (text.size() > max_domain) return too_long();
  return lower(text);
}

Result<std::string> canonical_address_literal(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('[') || !text.ends_with(']')) return malformed();
  const std::string_view content = text.substr(1, text.size() - 2);
  if (!std::all_of(content.begin(), content.end(), is_literal_char)) return malformed();
  auto canonical = canonical_literal_content(content);
  if (!canonical) return canonical;
  if (canonical->size() + 2 > max_domain) return too_long();
  return cat("[", *canonical, "]");
}

bool is_domain(std::string_view text, Charset charset) {
  if (charset == Charset::ascii && has_eight_bit(text)) return false;
  return canonical_domain(text).has_value();
}

}  // namespace postern::mail
