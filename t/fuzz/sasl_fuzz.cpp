// SPDX-License-Identifier: ISC
//
// t/fuzz/sasl_fuzz.cpp - what clients send after AUTH, the helper's packets, users and hashes.
//
// The input is taken as lines of base64 for both mechanisms, as a packet, as a users file, and as
// a hash.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "auth/exchange.h"
#include "auth/helper_protocol.h"
#include "auth/password_hash.h"
#include "auth/users.h"
#include "base/base64.h"
#include "base/text.h"
#include "cut.h"

using namespace postern;
using namespace postern::auth;
using postern::test::require;

namespace {

void check_credentials(const Credentials& credentials) {
  for (const std::string& text : {credentials.name, credentials.password}) {
    require(!text.empty() && text.size() <= max_credential);
    require(text.find('\0') == std::string::npos);
  }
  require(encode_question({1, credentials}).has_value());
}

// As SMTP does it (RFC 4954 4): "*" and what is not base64 end the exchange; a first line "-"
// stands for an AUTH without an initial response.
void run_exchange(std::string_view mechanism, const std::vector<std::string_view>& lines) {
  Exchange exchange(mechanism);
  int challenges = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::optional<std::string> response;
    if (i > 0 || lines[i] != "-") {
      response = base64_decode(lines[i] == "=" ? std::string_view() : lines[i]);
      if (!response) return;
    }
    const ExchangeStep step = exchange.step(response);
    if (std::holds_alternative<Challenge>(step)) {
      require(++challenges <= 2);
      continue;
    }
    if (const auto* credentials = std::get_if<Credentials>(&step)) check_credentials(*credentials);
    return;
  }
}

void decode_packets(std::string_view packet) {
  if (const auto question = decode_question(packet)) {
    require(encode_question(*question) == packet);
  }
  if (const auto answer = decode_answer(packet)) require(encode_answer(*answer) == packet);
}

// The last line is a fault, so that no decoy is computed, which would take all the time.
void parse_users(std::string_view text) {
  const auto users = Users::parse(cat(text, "\nno colon"));
  require(!users.has_value() && !users.error().empty());
  for (const Error& fault : users.error()) require(fault.what.starts_with("line "));
}

// Such a hash takes time to be computed, but none to be looked at.
void check_hash(std::string_view text) {
  const auto fault = fault_of_hash(text);
  if (fault) return require(!fault->empty());
  const std::string_view cost = cost_of_hash(text);
  require(!cost.empty() && cost.size() < text.size() && text.starts_with(cost));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const auto lines = split_lines(input);
  run_exchange("PLAIN", lines);
  run_exchange("LOGIN", lines);
  decode_packets(input);
  parse_users(input);
  check_hash(input);
  return 0;
}
