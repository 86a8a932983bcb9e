// SPDX-License-Identifier: ISC
//
// t/fuzz/xclient_fuzz.cpp - the arguments of XCLIENT.
//
// The input is the arguments.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "mail/xtext.h"
#include "smtp/xclient.h"

using namespace postern;
using namespace postern::smtp;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

void check_refusal(const mail::Reply& reply) {
  require(reply.code == 501 && reply.enhanced == "5.5.4");
  const std::string wire = reply.wire();
  require(wire.size() <= 512 && wire.find_first_of("\r\n") == wire.size() - 2);
  require(std::none_of(wire.begin(), wire.end() - 2, is_control) && !has_eight_bit(wire));
}

std::string shown(const std::string& value) {
  require(!value.empty() && value.size() <= 255 && is_utf8(value));
  require(std::none_of(value.begin(), value.end(), is_control));
  return mail::encode_xtext(value);
}

std::string shown(const IpAddress& value) {
  return cat(value.is_v4() ? "" : "IPV6:", value.to_string());
}

std::string shown(std::uint16_t value) {
  return std::to_string(value);
}

template <typename T>
std::string attribute(std::string_view name, const Fact<T>& fact) {
  require(fact.is_mentioned || !fact.value);
  if (!fact.is_mentioned) return {};
  return cat(" ", name, "=", fact.value ? shown(*fact.value) : "[UNAVAILABLE]");
}

std::string arguments_of(const ClientFacts& facts) {
  std::string out =
      cat(attribute("NAME", facts.name), attribute("ADDR", facts.address),
          attribute("PORT", facts.port), attribute("HELO", facts.helo),
          attribute("DESTADDR", facts.destination_address),
          attribute("DESTPORT", facts.destination_port), attribute("LOGIN", facts.login));
  if (facts.dialect) out += *facts.dialect == Dialect::smtp ? " PROTO=SMTP" : " PROTO=ESMTP";
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const PieceBuffer input(std::string(data, data + size));
  const auto facts = parse_xclient(input.view());
  if (!facts) {
    check_refusal(facts.error());
    return 0;
  }
  const auto again = parse_xclient(arguments_of(*facts));
  require(again && *again == *facts);
  return 0;
}
