// SPDX-License-Identifier: ISC
//
// t/fuzz/dsn_fuzz.cpp - the values of the parameters of MAIL and RCPT that have some structure.
//
// The input is taken as each of them.  What parses prints as a text that parses to the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "mail/dsn.h"
#include "mail/timestamp.h"
#include "mail/xtext.h"

using namespace postern;
using namespace postern::mail;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

bool is_printable_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return is_control(c) || is_eight_bit(c); });
}

// RFC 5321 4.1.2 esmtp-value.
bool can_be_a_value(std::string_view text) {
  return !text.empty() && is_printable_ascii(text) &&
         text.find_first_of(" =") == std::string_view::npos;
}

void check_notify(std::string_view text) {
  const auto notify = parse_notify(text);
  if (!notify) return;
  const bool on_occasion = notify->success || notify->failure || notify->delay;
  require(notify->never != on_occasion);
  const std::string printed = format_notify(*notify);
  require(printed.size() == text.size() && parse_notify(printed) == notify);
}

void check_return(std::string_view text) {
  require(!parse_return(text) || text.size() == 4);
}

void check_envelope_id(std::string_view text) {
  const auto id = parse_envelope_id(text);
  if (!id) return;
  require(text.size() <= 100 && !id->empty() && is_printable_ascii(*id));
}

void check_original_recipient(std::string_view text) {
  const auto recipient = parse_original_recipient(text, Charset::utf8);
  const auto ascii = parse_original_recipient(text, Charset::ascii);
  require(ascii == (has_eight_bit(text) ? std::nullopt : recipient));
  if (!recipient) return;
  const auto& [type, address] = *recipient;
  require(lower(type) == type && can_be_a_value(type) && !address.empty());
  require(is_utf8(address) && !has_unicode_control(address));
  require(type == "utf-8" || is_printable_ascii(address));
  const std::string printed = format_original_recipient(*recipient);
  require(can_be_a_value(printed) && printed.size() <= 500);
  require(parse_original_recipient(printed, Charset::ascii) == recipient);
}

void check_timestamp(std::string_view text) {
  const auto seconds = parse_timestamp(text);
  if (!seconds) return;
  const std::string printed = format_timestamp(*seconds);
  require(printed.size() == 20 && parse_timestamp(printed) == seconds);
}

void check_xtext(std::string_view text) {
  const std::string encoded = encode_xtext(text);
  require(decode_xtext(encoded) == text && (text.empty() || can_be_a_value(encoded)));
  if (const auto decoded = decode_xtext(text)) {
    require(can_be_a_value(text) || text.empty());
    require(decode_xtext(encode_xtext(*decoded)) == *decoded);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const PieceBuffer input(text);
  check_notify(input.view());
  check_return(input.view());
  check_envelope_id(input.view());
  check_original_recipient(input.view());
  check_timestamp(input.view());
  check_xtext(input.view());
  return 0;
}
