// SPDX-License-Identifier: ISC
//
// smtp/mail_command.cpp - the arguments of MAIL: one row and one function for each parameter.

#include "smtp/mail_command.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "mail/dsn.h"
#include "mail/timestamp.h"
#include "mail/xtext.h"
#include "smtp/path_arguments.h"

namespace postern::smtp {

namespace {

using mail::Reply;
namespace reply = mail::reply;

// The reply if something is wrong with a parameter.
using Refusal = std::optional<Reply>;

std::string_view value_of(const Parameter& parameter) {
  return parameter.value.value_or("");
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// RFC 1870 3.
Refusal set_size(Sender& sender, const Parameter& parameter, const Situation& now) {
  constexpr std::size_t max_digits = 20;
  const std::string_view digits = value_of(parameter);
  if (!is_all_digits(digits) || digits.size() > max_digits) return reply::bad_parameter("SIZE");
  // Twenty digits can be more than 64 bits hold, and are too big in any case.
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  sender.declared_octets = parse_decimal<std::uint64_t>(digits).value_or(most);
  const std::uint64_t limit = now.settings.limits.message_octets;
  if (*sender.declared_octets > limit) return reply::message_too_big(limit);  // RFC 1870 6.1
  return std::nullopt;
}

// RFC 6152 2, RFC 3030 3.
Refusal set_body(Sender& sender, const Parameter& parameter, const Situation& now) {
  const std::string_view value = value_of(parameter);
  const mail::Extensions& extensions = now.settings.extensions;
  if (iequals(value, "7BIT")) {
    sender.body = mail::Body::seven_bit;
  } else if (iequals(value, "8BITMIME") && extensions.eight_bit_mime) {
    sender.body = mail::Body::eight_bit_mime;
  } else if (iequals(value, "BINARYMIME") && extensions.binary_mime) {
    sender.body = mail::Body::binary_mime;
  } else {
    return reply::bad_parameter("BODY");
  }
  return std::nullopt;
}

// RFC 6531 3.4.
Refusal set_smtputf8(Sender& sender, const Parameter& parameter, const Situation&) {
  if (parameter.value) return reply::bad_parameter("SMTPUTF8");
  sender.smtputf8 = true;
  return std::nullopt;
}

// RFC 4954 5: "<>" or an address, in xtext.  Whose word is taken for it is the caller's business.
Refusal set_submitter(Sender& sender, const Parameter& parameter, const Situation&) {
  auto decoded = mail::decode_xtext(value_of(parameter));
  if (decoded && *decoded == "<>") return std::nullopt;
  if (!decoded || !mail::parse_mailbox(*decoded, mail::Charset::utf8)) {
    return reply::bad_parameter("AUTH");
  }
  sender.submitter = std::move(*decoded);
  return std::nullopt;
}

// RFC 3461 4.3.
Refusal set_return(Sender& sender, const Parameter& parameter, const Situation&) {
  sender.ret = mail::parse_return(value_of(parameter));
  if (!sender.ret) return reply::bad_parameter("RET");
  return std::nullopt;
}

// RFC 3461 4.4.
Refusal set_envelope_id(Sender& sender, const Parameter& parameter, const Situation&) {
  auto id = mail::parse_envelope_id(value_of(parameter));
  if (!id) return reply::bad_parameter("ENVID");
  sender.envelope_id = std::move(*id);
  return std::nullopt;
}

// RFC 8689 2, 4.1: only under TLS, since elsewhere the demand itself could be taken away.
Refusal set_require_tls(Sender& sender, const Parameter& parameter, const Situation& now) {
  if (parameter.value) return reply::bad_parameter("REQUIRETLS");
  if (now.security != Security::tls) return reply::requiretls_needs_tls();
  sender.require_tls = true;
  return std::nullopt;
}

// RFC 4865 3: one to nine digits, the first of them not 0.
Refusal set_hold_for(Sender& sender, const Parameter& parameter, const Situation& now) {
  constexpr std::size_t max_digits = 9;
  const std::string_view digits = value_of(parameter);
  const auto seconds = parse_decimal<std::int64_t>(digits);
  const bool is_well_formed =
      seconds && is_all_digits(digits) && digits.size() <= max_digits && !digits.starts_with('0');
  if (sender.hold_until || !is_well_formed) return reply::bad_parameter("HOLDFOR");
  if (*seconds > now.settings.limits.hold_seconds) return reply::held_too_long();
  sender.hold_for = *seconds;
  return std::nullopt;
}

Refusal set_hold_until(Sender& sender, const Parameter& parameter, const Situation& now) {
  const auto when = mail::parse_timestamp(value_of(parameter));
  if (sender.hold_for || !when) return reply::bad_parameter("HOLDUNTIL");
  if (*when > last_release(now)) return reply::held_too_long();
  sender.hold_until = *when;
  return std::nullopt;
}

// RFC 2852 4: "[+-]digits;R[T]" or N; a time that is over already cannot be kept by R.
Refusal set_by(Sender& sender, const Parameter& parameter, const Situation&) {
  constexpr std::size_t max_digits = 9;
  const std::string_view value = value_of(parameter);
  const std::size_t semicolon = value.find(';');
  std::string_view digits = value.substr(0, semicolon);
  const bool is_negative = digits.starts_with('-');
  if (is_negative || digits.starts_with('+')) digits.remove_prefix(1);
  const auto seconds = parse_decimal<std::int64_t>(digits);
  std::string mode = semicolon == std::string_view::npos ? "" : lower(value.substr(semicolon + 1));
  ByTime by;
  by.trace = mode.size() == 2 && mode.back() == 't';
  if (by.trace) mode.pop_back();
  by.mode = mode == "r" ? mail::ByMode::return_message : mail::ByMode::notify;
  const bool is_well_formed = is_all_digits(digits) && digits.size() <= max_digits && seconds &&
                              (mode == "r" || mode == "n");
  if (!is_well_formed) return reply::bad_parameter("BY");
  by.seconds = is_negative ? -*seconds : *seconds;
  if (by.mode == mail::ByMode::return_message && by.seconds <= 0) return reply::bad_parameter("BY");
  sender.by = by;
  return std::nullopt;
}

// RFC 6710 3, 7: -9 to 9, of which 0 has no sign.
Refusal set_priority(Sender& sender, const Parameter& parameter, const Situation&) {
  const std::string_view value = value_of(parameter);
  const std::string_view digit = value.starts_with('-') ? value.substr(1) : value;
  if (digit.size() != 1 || !is_digit(digit.front()) || value == "-0") {
    return reply::bad_parameter("MT-PRIORITY");
  }
  const int priority = digit.front() - '0';
  sender.priority = value.starts_with('-') ? -priority : priority;
  return std::nullopt;
}

struct Row {
  std::string_view keyword;
  bool (*is_known)(const mail::Extensions&);
  Refusal (*set)(Sender&, const Parameter&, const Situation&);
};

using Extensions = mail::Extensions;

constexpr std::array rows{
    Row{"SIZE", [](const Extensions& on) { return on.size; }, set_size},
    Row{"BODY", [](const Extensions& on) { return on.eight_bit_mime || on.binary_mime; }, set_body},
    Row{"SMTPUTF8", [](const Extensions& on) { return on.smtputf8; }, set_smtputf8},
    Row{"AUTH", [](const Extensions&) { return true; }, set_submitter},
    Row{"RET", [](const Extensions& on) { return on.dsn; }, set_return},
    Row{"ENVID", [](const Extensions& on) { return on.dsn; }, set_envelope_id},
    Row{"REQUIRETLS", [](const Extensions& on) { return on.require_tls; }, set_require_tls},
    Row{"HOLDFOR", [](const Extensions& on) { return on.future_release; }, set_hold_for},
    Row{"HOLDUNTIL", [](const Extensions& on) { return on.future_release; }, set_hold_until},
    Row{"BY", [](const Extensions& on) { return on.deliver_by; }, set_by},
    Row{"MT-PRIORITY", [](const Extensions& on) { return on.mt_priority; }, set_priority},
};

Refusal apply(Sender& sender, const Parameter& parameter, const Situation& now) {
  for (const Row& row : rows) {
    if (!iequals(row.keyword, parameter.keyword)) continue;
    if (now.dialect == Dialect::smtp || !row.is_known(now.settings.extensions)) break;
    return row.set(sender, parameter, now);
  }
  return reply::unknown_parameter(parameter.keyword);
}

}  // namespace

tl::expected<Sender, Reply> parse_mail(std::string_view arguments, const Situation& now) {
  static constexpr PathForm form{"FROM:", "MAIL FROM:<address> [parameters]",
                                 mail::parse_reverse_path, reply::bad_sender};
  auto parsed = parse_path_arguments(arguments, form);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  Sender sender;
  sender.reverse_path = std::move(parsed->path);
  for (const Parameter& parameter : parsed->parameters) {
    if (auto refusal = apply(sender, parameter, now)) return tl::unexpected(std::move(*refusal));
  }
  if (!sender.smtputf8 && !parsed->is_ascii) return tl::unexpected(non_ascii_refusal(now));
  return sender;
}

}  // namespace postern::smtp
