// SPDX-License-Identifier: ISC
//
// t/fuzz/text_rules_fuzz.cpp - what a message may hold, whole and in pieces.
//
// The input chooses the size of the pieces and the rules; the text follows.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "mail/text_rules.h"

using namespace postern;
using postern::mail::TextInspector;
using postern::mail::TextRules;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;

namespace {

struct Outcome {
  std::string refusal;  // empty if there is none
  std::uint64_t header_octets = 0;
  std::uint32_t received_fields = 0;
  bool has_date = false;
  bool has_message_id = false;
  bool is_headless = false;
  bool is_cut_off = false;  // the text ended before the header did

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

TextRules chosen(FuzzInput& input) {
  const std::uint64_t header_octets = 10 * input.choose(100);
  const std::uint64_t header_line_octets = 5 * input.choose(40);
  const auto hops = static_cast<std::uint32_t>(input.choose(5));
  const std::size_t flags = input.choose(8);
  return {.header_octets = header_octets,
          .header_line_octets = header_line_octets,
          .hops = hops,
          .allows_eight_bit_header = (flags & 1) != 0,
          .smtputf8 = (flags & 2) != 0,
          .is_binary = (flags & 4) != 0};
}

Outcome inspect(const Pieces& pieces, const TextRules& rules) {
  TextInspector inspector(rules);
  const mail::HeaderScanner& header = inspector.header();
  Outcome outcome;
  for (const std::string_view piece : pieces) {
    if (!outcome.refusal.empty()) break;
    const auto refusal = inspector.inspect(PieceBuffer(piece).view());
    if (refusal) outcome.refusal = refusal->line();
  }
  if (outcome.refusal.empty()) {
    outcome.is_cut_off = !header.is_complete();
    if (const auto refusal = inspector.finish()) outcome.refusal = refusal->line();
    require(header.is_complete());
  }
  outcome.header_octets = header.octets();
  outcome.received_fields = header.received_fields();
  outcome.has_date = header.has_date();
  outcome.has_message_id = header.has_message_id();
  outcome.is_headless = header.is_headless();
  return outcome;
}

// What was accepted has none of what the rules forbid, as far as that is easily said.
void require_clean(std::string_view text, const Outcome& outcome, const TextRules& rules) {
  require(outcome.header_octets <= rules.header_octets);
  require(outcome.received_fields <= rules.hops);
  require(rules.is_binary || text.find('\0') == std::string_view::npos);
  // The octet that ended the header is an LF or the body's.
  const std::uint64_t octets = outcome.header_octets - (outcome.is_cut_off ? 0 : 1);
  const std::string_view header = text.substr(0, octets);
  require(header.find('\0') == std::string_view::npos);
  if (rules.smtputf8) require(is_utf8(header));
  if (!rules.smtputf8 && !rules.allows_eight_bit_header) require(!has_eight_bit(header));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const TextRules rules = chosen(input);
  const Outcome whole = inspect({input.text()}, rules);
  require(whole == inspect(test::pieces_of(input.text(), piece), rules));
  require(whole == inspect(test::pieces_of(input.text(), 1), rules));
  if (whole.refusal.empty()) require_clean(input.text(), whole, rules);
  return 0;
}
