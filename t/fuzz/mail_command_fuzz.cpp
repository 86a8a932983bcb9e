// SPDX-License-Identifier: ISC
//
// t/fuzz/mail_command_fuzz.cpp - the arguments of MAIL and RCPT, with all parameters.
//
// The input chooses the session and its extensions; the arguments follow, and are taken as each of
// them.  What parses prints as arguments that parse to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "mail/dsn.h"
#include "mail/timestamp.h"
#include "mail/xtext.h"
#include "replies.h"
#include "session_choices.h"
#include "smtp/mail_command.h"
#include "smtp/parameters.h"
#include "smtp/rcpt_command.h"

using namespace postern;
using namespace postern::smtp;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

// The settings that a Situation refers to, too.
struct Session {
  Settings settings = {};
  Situation now{.settings = settings, .begun = 1795000000};

  Session() {
    settings.limits = {.message_octets = 1000000,
                       .recipients = 1,
                       .errors = 1,
                       .idle_commands = 1,
                       .auth_failures = 1,
                       .hold_seconds = 86400};
  }
};

void check_refusal(const mail::Reply& reply) {
  const auto seen = test::read_replies(reply.wire());
  require(seen.size() == 1 && seen.front().lines == 1 && !seen.front().enhanced.empty());
  constexpr std::string_view codes = "501 530 552 553 555";
  require(codes.find(seen.front().code) != std::string_view::npos);
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

// ---- MAIL

std::string_view name_of(mail::Body body) {
  switch (body) {
    case mail::Body::seven_bit: return "";
    case mail::Body::eight_bit_mime: return " BODY=8BITMIME";
    case mail::Body::binary_mime: return " BODY=BINARYMIME";
  }
  return "";
}

std::string arguments_of(const Sender& sender) {
  std::string out = cat("FROM:<", sender.reverse_path.to_string(), ">", name_of(sender.body));
  if (sender.declared_octets) out += cat(" SIZE=", *sender.declared_octets);
  if (sender.smtputf8) out += " SMTPUTF8";
  if (!sender.submitter.empty()) out += cat(" AUTH=", mail::encode_xtext(sender.submitter));
  if (sender.ret) out += *sender.ret == mail::Return::full ? " RET=FULL" : " RET=HDRS";
  // Encoded anew it may be longer than an identifier may be.
  const std::string id = mail::encode_xtext(sender.envelope_id);
  if (!id.empty() && id.size() <= 100) out += cat(" ENVID=", id);
  if (sender.require_tls) out += " REQUIRETLS";
  if (sender.hold_for) out += cat(" HOLDFOR=", *sender.hold_for);
  if (sender.hold_until) out += cat(" HOLDUNTIL=", mail::format_timestamp(*sender.hold_until));
  if (sender.by) {
    out += cat(" BY=", sender.by->seconds, sender.by->mode == mail::ByMode::notify ? ";N" : ";R",
               sender.by->trace ? "T" : "");
  }
  if (sender.priority) out += cat(" MT-PRIORITY=", *sender.priority);
  return out;
}

// What is not on offer is not there.
void check_offers(const Sender& sender, const Situation& now) {
  const mail::Extensions& on = now.settings.extensions;
  require(on.size || !sender.declared_octets);
  require(on.eight_bit_mime || sender.body != mail::Body::eight_bit_mime);
  require(on.binary_mime || sender.body != mail::Body::binary_mime);
  require(on.smtputf8 || !sender.smtputf8);
  require(on.dsn || (!sender.ret && sender.envelope_id.empty()));
  require((on.require_tls && now.security == Security::tls) || !sender.require_tls);
  require(on.future_release || (!sender.hold_for && !sender.hold_until));
  require(on.deliver_by || !sender.by);
  require(on.mt_priority || !sender.priority);
}

void check_bounds(const Sender& sender, const Situation& now) {
  const Limits& limits = now.settings.limits;
  require(sender.declared_octets.value_or(0) <= limits.message_octets);
  require(sender.smtputf8 || !has_eight_bit(sender.reverse_path.to_string()));
  require(sender.envelope_id.size() <= 100 && !has_eight_bit(sender.envelope_id));
  require(is_utf8(sender.submitter) && !has_unicode_control(sender.submitter));
  require(!sender.hold_for || !sender.hold_until);
  const std::int64_t seconds = sender.hold_for.value_or(0);
  require(0 <= seconds && seconds <= limits.hold_seconds);
  require(sender.hold_until.value_or(0) <= last_release(now));
  const ByTime by = sender.by.value_or(ByTime{});
  require(std::abs(by.seconds) < 1'000'000'000);
  require(by.mode == mail::ByMode::notify || by.seconds > 0);
  require(std::abs(sender.priority.value_or(0)) <= 9);
}

void check_mail(std::string_view text, const Session& session, const Session& with_all) {
  const auto sender = parse_mail(text, session.now);
  if (!sender) return check_refusal(sender.error());
  check_offers(*sender, session.now);
  check_bounds(*sender, session.now);
  const std::string printed = arguments_of(*sender);
  const auto again = parse_mail(printed, session.now);
  require(again && arguments_of(*again) == printed);
  if (session.now.dialect == Dialect::smtp) {
    require(printed == cat("FROM:<", sender->reverse_path.to_string(), ">"));
  }
  // An extension takes nothing away.
  const auto extended = parse_mail(text, with_all.now);
  require(extended && arguments_of(*extended) == printed);
}

// ---- RCPT

std::string arguments_of(const mail::Recipient& recipient) {
  std::string out = cat("TO:<", recipient.address.to_string(), ">");
  if (recipient.notify) out += cat(" NOTIFY=", mail::format_notify(*recipient.notify));
  if (recipient.original) {
    out += cat(" ORCPT=", mail::format_original_recipient(*recipient.original));
  }
  return out;
}

void check_rcpt(std::string_view text, mail::Charset charset, const Session& session,
                const Session& with_all) {
  const auto recipient = parse_rcpt(text, charset, session.now);
  if (!recipient) return check_refusal(recipient.error());
  const bool is_ascii = charset == mail::Charset::ascii;
  const bool has_dsn = session.now.dialect == Dialect::esmtp && session.settings.extensions.dsn;
  require(!recipient->address.is_null() && recipient->delivery == mail::Delivery::to_do);
  require(!is_ascii || !has_eight_bit(recipient->address.to_string()));
  require(has_dsn || (!recipient->notify && !recipient->original));
  const std::string printed = arguments_of(*recipient);
  require(parse_rcpt(printed, charset, session.now) == *recipient);
  require(parse_rcpt(text, charset, with_all.now) == *recipient);
  if (is_ascii) require(parse_rcpt(text, mail::Charset::utf8, session.now) == *recipient);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Session session;
  const std::size_t situation = input.choose(4);
  session.now.security = (situation & 1) == 0 ? Security::tls : Security::clear;
  session.now.dialect = (situation & 2) == 0 ? Dialect::esmtp : Dialect::smtp;
  session.settings.extensions = test::choose_extensions(input);
  Session with_all;
  with_all.now.security = session.now.security;
  with_all.now.dialect = Dialect::esmtp;
  FuzzInput none(nullptr, 0);
  with_all.settings.extensions = test::choose_extensions(none);

  const PieceBuffer buffer(input.text());
  check_parameters(buffer.view());
  check_mail(buffer.view(), session, with_all);
  check_rcpt(buffer.view(), mail::Charset::ascii, session, with_all);
  check_rcpt(buffer.view(), mail::Charset::utf8, session, with_all);
  return 0;
}
