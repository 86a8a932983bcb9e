// SPDX-License-Identifier: ISC
//
// t/fuzz/parameters_fuzz.cpp - the arguments of MAIL and RCPT, parameters, xtext.
//
// The input is taken as each of them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "mail/xtext.h"
#include "smtp/parameters.h"
#include "smtp/transaction.h"

using namespace postern;
using namespace postern::smtp;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

void check_refusal(const mail::Reply& reply) {
  require(reply.code == 501 || reply.code == 553 || reply.code == 555);
  const std::string wire = reply.wire();
  require(wire.size() <= 512 && wire.find_first_of("\r\n") == wire.size() - 2);
  require(!has_eight_bit(wire));
}

void check_parameters(std::string_view text) {
  const auto parameters = parse_parameters(text);
  if (!parameters) return check_refusal(parameters.error());
  require(parameters->size() <= 16);
  std::string again;
  for (const auto& [keyword, value] : *parameters) {
    require(!keyword.empty() && (!value || !value->empty()));
    again += cat(" ", keyword);
    if (value) again += cat("=", *value);
  }
  const auto reparsed = parse_parameters(again);
  require(reparsed && reparsed->size() == parameters->size());
}

void check_mail(std::string_view text) {
  const auto sender = parse_mail(text, Dialect::esmtp);
  if (!sender) return check_refusal(sender.error());
  require(sender->smtputf8 || !has_eight_bit(sender->reverse_path.to_string()));
  const auto old = parse_mail(text, Dialect::smtp);
  if (!old) return check_refusal(old.error());
  require(old->reverse_path == sender->reverse_path && !old->declared_octets);
}

void check_rcpt(std::string_view text) {
  const auto recipient = parse_rcpt(text, mail::Charset::utf8);
  const auto ascii = parse_rcpt(text, mail::Charset::ascii);
  if (!recipient) {
    require(!ascii);
    return check_refusal(recipient.error());
  }
  require(!recipient->is_null());
  // What is beyond ASCII in text may be gone from the recipient, but counts.
  require(ascii || has_eight_bit(text));
  require(!ascii || (*ascii == *recipient && !has_eight_bit(recipient->to_string())));
}

void check_xtext(std::string_view text) {
  require(mail::decode_xtext(mail::encode_xtext(text)) == text);
  if (const auto decoded = mail::decode_xtext(text)) {
    require(mail::decode_xtext(mail::encode_xtext(*decoded)) == *decoded);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const PieceBuffer input(text);
  check_parameters(input.view());
  check_mail(input.view());
  check_rcpt(input.view());
  check_xtext(input.view());
  return 0;
}
