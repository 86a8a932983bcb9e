// SPDX-License-Identifier: ISC
//
// t/fuzz/dns_fuzz.cpp - replies of name servers, and of others who would like to be one.
//
// The input chooses what was asked, how many records the reply says it has, and whether the input
// is the whole packet or these records.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "net/dns_message.h"

using namespace postern;
using net::DnsQuestion;
using net::DnsReply;
using net::DnsType;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

constexpr std::uint16_t id = 0x3132;
constexpr std::size_t max_name = 253;

const std::array questions{
    DnsQuestion{"5.2.0.192.in-addr.arpa", DnsType::ptr},
    DnsQuestion{"mail.example.net", DnsType::a},
    DnsQuestion{"mail.example.net", DnsType::aaaa},
};

// Ours, and of answers; then come these.
std::string packet_with(const std::string& query, std::size_t count, std::string_view records) {
  std::string packet = query;
  packet[2] = '\x81';
  packet[3] = '\x80';
  packet[7] = static_cast<char>(count);
  return packet + std::string(records);
}

bool belongs_in_name(char c) {
  return is_alnum(c) || c == '-' || c == '_' || c == '.';
}

void check(const DnsReply& reply, DnsType type) {
  const bool is_answer = reply.kind == DnsReply::Kind::answer;
  require(is_answer || (reply.names.empty() && reply.addresses.empty()));
  require(type == DnsType::ptr ? reply.addresses.empty() : reply.names.empty());
  require(reply.ttl.count() >= 0 && reply.ttl.count() <= 0x7fffffff);
  for (const std::string& name : reply.names) {
    require(!name.empty() && name.size() <= max_name);
    require(std::all_of(name.begin(), name.end(), belongs_in_name));
    require(net::write_dns_query({name, DnsType::a}, id, 0).has_value());
  }
  for (const IpAddress& address : reply.addresses) {
    require(type == DnsType::aaaa || address.is_v4());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const DnsQuestion& question = questions[input.choose(questions.size())];
  const std::size_t count = input.choose(10);
  const std::string query = *net::write_dns_query(question, id, 0);
  const PieceBuffer buffer(count == 0 ? std::string(input.text())
                                      : packet_with(query, count, input.text()));
  check(net::read_dns_reply(query, buffer.view()), question.type);
  return 0;
}
