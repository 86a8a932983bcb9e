// SPDX-License-Identifier: ISC
//
// smtp/xclient.h - what a trusted client says of the client that it speaks for.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/ip_address.h"
#include "mail/reply.h"
#include "smtp/capabilities.h"

namespace postern::smtp {

// The attributes of XCLIENT that are known, as EHLO lists them (Postfix XCLIENT_README).
inline constexpr std::string_view xclient_attributes =
    "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

// What XCLIENT says of one thing.  Three cases: it is not mentioned, and what was known of it
// stays; it is mentioned and has a value; it is mentioned as [UNAVAILABLE] or [TEMPUNAVAIL], has
// no value, and what was known of it no longer holds.
template <typename T>
struct Fact {
  bool is_mentioned = false;
  std::optional<T> value;

  friend bool operator==(const Fact&, const Fact&) = default;
};

// All texts are UTF-8 without control characters, not empty, of at most 255 octets.
struct ClientFacts {
  Fact<std::string> name;                // of its host, by the DNS: a domain or the like
  Fact<IpAddress> address;               // ADDR
  Fact<std::uint16_t> port;              // PORT
  Fact<IpAddress> destination_address;   // DESTADDR: where it connected to
  Fact<std::uint16_t> destination_port;  // DESTPORT
  Fact<std::string> helo;                // as it came: not checked to be a domain
  Fact<std::string> login;               // mentioned without a value: it has not logged in
  std::optional<Dialect> dialect;        // PROTO; cannot be unavailable

  friend bool operator==(const ClientFacts&, const ClientFacts&) = default;
};

// Parses what stands behind XCLIENT: "ADDR=192.0.2.1 LOGIN=alice", at least one attribute, none
// twice, thus at most eight.  The error is the reply, always a 501.  Whether the client may say
// any of it is for the caller to know.
tl::expected<ClientFacts, mail::Reply> parse_xclient(std::string_view arguments);

}  // namespace postern::smtp
