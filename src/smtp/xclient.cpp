// SPDX-License-Identifier: ISC
//
// smtp/xclient.cpp - what a trusted client says of the client that it speaks for.

#include "smtp/xclient.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "mail/xtext.h"

namespace postern::smtp {

namespace {

constexpr std::size_t max_text = 255;

// ---- Values, decoded.  Nothing for one that is malformed.

// For good or for now: to us it makes no difference.
bool is_unavailable(std::string_view value) {
  return iequals(value, "[UNAVAILABLE]") || iequals(value, "[TEMPUNAVAIL]");
}

// "192.0.2.1", or "IPV6:2001:db8::1".
std::optional<IpAddress> parse_address(std::string_view value) {
  constexpr std::string_view v6_tag = "IPV6:";
  const bool is_v6 = iequals(value.substr(0, v6_tag.size()), v6_tag);
  if (is_v6) value.remove_prefix(v6_tag.size());
  const bool is_written_as_v6 = value.find(':') != std::string_view::npos;
  return is_written_as_v6 == is_v6 ? IpAddress::parse(value) : std::nullopt;
}

std::optional<std::string> parse_text(std::string_view value) {
  const bool is_of_size = !value.empty() && value.size() <= max_text;
  const bool is_clean = std::none_of(value.begin(), value.end(), is_control) && is_utf8(value);
  return is_of_size && is_clean ? std::optional(std::string(value)) : std::nullopt;
}

// More than RFC 1123 lets a host be called: the DNS holds other names too.
std::optional<std::string> parse_name(std::string_view value) {
  const auto belongs = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; };
  return std::all_of(value.begin(), value.end(), belongs) ? parse_text(value) : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view value) {
  return parse_decimal<std::uint16_t>(value);
}

// ---- The attributes.  Each sets its fact; false if the value is malformed.

using Set = bool (*)(ClientFacts&, std::string_view);

template <auto member, auto parse>
bool set(ClientFacts& facts, std::string_view value) {
  auto& fact = facts.*member;
  fact.is_mentioned = true;
  if (is_unavailable(value)) return true;
  fact.value = parse(value);
  return fact.value.has_value();
}

bool set_dialect(ClientFacts& facts, std::string_view value) {
  if (iequals(value, "SMTP")) facts.dialect = Dialect::smtp;
  if (iequals(value, "ESMTP")) facts.dialect = Dialect::esmtp;
  return facts.dialect.has_value();
}

struct Attribute {
  std::string_view name;
  Set set;
};

constexpr std::array attributes{
    Attribute{"NAME", set<&ClientFacts::name, parse_name>},
    Attribute{"ADDR", set<&ClientFacts::address, parse_address>},
    Attribute{"PORT", set<&ClientFacts::port, parse_port>},
    Attribute{"PROTO", set_dialect},
    Attribute{"HELO", set<&ClientFacts::helo, parse_text>},
    Attribute{"LOGIN", set<&ClientFacts::login, parse_text>},
    Attribute{"DESTADDR", set<&ClientFacts::destination_address, parse_address>},
    Attribute{"DESTPORT", set<&ClientFacts::destination_port, parse_port>},
};

using Seen = std::array<bool, attributes.size()>;

mail::Reply usage() {
  return mail::reply::syntax("XCLIENT attribute=value ..., with the attributes of EHLO");
}

// One "NAME=value"; the reply if it is not good.
std::optional<mail::Reply> take_attribute(std::string_view word, ClientFacts& facts, Seen& seen) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return usage();
  const std::string_view name = word.substr(0, equals);
  const auto* found =
      std::find_if(attributes.begin(), attributes.end(),
                   [&](const Attribute& attribute) { return iequals(attribute.name, name); });
  if (found == attributes.end()) return usage();
  bool& is_seen = seen[static_cast<std::size_t>(found - attributes.begin())];
  if (is_seen) return mail::reply::repeated_parameter(found->name);
  is_seen = true;
  const auto value = mail::decode_xtext(word.substr(equals + 1));
  if (!value || !found->set(facts, *value)) return mail::reply::bad_parameter(found->name);
  return std::nullopt;
}

}  // namespace

tl::expected<ClientFacts, mail::Reply> parse_xclient(std::string_view arguments) {
  ClientFacts facts;
  Seen seen{};
  arguments = trim(arguments);
  if (arguments.empty()) return tl::unexpected(usage());
  while (!arguments.empty()) {
    if (auto refusal = take_attribute(take_word(arguments), facts, seen)) {
      return tl::unexpected(std::move(*refusal));
    }
  }
  return facts;
}

}  // namespace postern::smtp
