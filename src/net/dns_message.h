// SPDX-License-Identifier: ISC
//
// net/dns_message.h - questions to a name server and what it replies (RFC 1035 4), without I/O.
//
// Only as much of the DNS as it takes to find the name of an address, and to confirm it.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace postern::net {

enum class DnsType : std::uint16_t { a = 1, ptr = 12, aaaa = 28 };

struct DnsQuestion {
  std::string name;  // without a dot at its end
  DnsType type;

  friend bool operator==(const DnsQuestion&, const DnsQuestion&) = default;
};

struct DnsReply {
  enum class Kind {
    not_ours,  // to another question, or made up by somebody else; there may still come a reply
    failure,   // of the server, or cut short, or broken
    nothing,   // there is no such name, or it has nothing of this type
    answer,
  };

  Kind kind = Kind::failure;
  // To DnsType::ptr.  Letters, digits, "-", "_", and dots between labels: names with anything else
  // are left out, so that there may be none.  Nobody has checked that they are names of hosts.
  std::vector<std::string> names = {};
  std::vector<IpAddress> addresses = {};  // to the others
  std::chrono::seconds ttl{};             // of an answer: the least on the way; up to 68 years
};

// The name whose PTR records tell what an address is called: "5.2.0.192.in-addr.arpa"
// (RFC 1035 3.5), or one that ends in "ip6.arpa" (RFC 3596 2.5).
std::string reverse_name(const IpAddress& address);

// A packet with one question, for a server that is to do all the work.  The id, and the letters of
// the name, which become small or capital by the bits of cases, come back in the reply: who cannot
// see the question has to guess them all.  Error: no name of the DNS.
Result<std::string> write_dns_query(const DnsQuestion& question, std::uint16_t id,
                                    std::uint64_t cases);

// What a packet, whoever has sent it, says to a query from write_dns_query.  Aliases (CNAME) are
// followed inside the packet.
DnsReply read_dns_reply(std::string_view query, std::string_view packet);

}  // namespace postern::net
