// SPDX-License-Identifier: ISC
//
// t/fuzz/proxy_fuzz.cpp - the header of a proxied connection, whole and in pieces.
//
// The input chooses the size of the pieces; the header, and maybe more, follows.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "net/proxy_header.h"

using namespace postern;
using postern::net::ProxyReader;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;

namespace {

using Status = ProxyReader::Status;

struct Outcome {
  Status status = Status::need_input;
  std::size_t consumed = 0;
  std::optional<IpAddress> client;
  std::uint16_t port = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(const Pieces& pieces) {
  ProxyReader reader;
  Outcome outcome;
  for (const std::string_view piece : pieces) {
    const PieceBuffer buffer(piece);
    const ProxyReader::Step step = reader.read(buffer.view());
    require(step.consumed <= piece.size());
    require(step.status != Status::need_input || step.consumed == piece.size());
    require(outcome.status == Status::need_input || step.consumed == 0);
    outcome.status = step.status;
    outcome.consumed += step.consumed;
  }
  if (outcome.status != Status::done || !reader.header().client) return outcome;
  outcome.client = reader.header().client->ip();
  outcome.port = reader.header().client->port();
  require(outcome.client.has_value());
  return outcome;
}

// The client in a header of our own.
void check_says_again(const Outcome& outcome) {
  const std::string address = outcome.client->to_string();
  const std::string_view family = outcome.client->is_v4() ? "TCP4 " : "TCP6 ";
  const std::string line =
      cat("PROXY ", family, address, " ", address, " ", outcome.port, " 25\r\n");
  const Outcome again = read({line});
  require(again.status == Status::done && again.consumed == line.size());
  require(again.client == outcome.client && again.port == outcome.port);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const std::string_view text = input.text();
  const Outcome whole = read({text});
  require(whole == read(test::pieces_of(text, piece)) || text.empty());
  require(whole.consumed <= ProxyReader::max_octets);
  if (whole.status == Status::need_input) return 0;
  // What stands behind makes no difference, and nothing was clear any sooner.
  require(read({text.substr(0, whole.consumed)}) == whole);
  require(read({text.substr(0, whole.consumed - 1)}).status == Status::need_input);
  if (whole.client) check_says_again(whole);
  return 0;
}
