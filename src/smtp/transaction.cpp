// SPDX-License-Identifier: ISC
//
// smtp/transaction.cpp - MAIL and RCPT taken apart, and what they have collected.

#include "smtp/transaction.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "mail/xtext.h"
#include "smtp/parameters.h"

namespace postern::smtp {

namespace {

using mail::Reply;
namespace reply = mail::reply;

// Sets one parameter of MAIL; the reply if its value is wrong.
using Setter = std::optional<Reply> (*)(Sender&, const Parameter&);

std::optional<Reply> set_size(Sender& sender, const Parameter& parameter) {
  constexpr std::size_t max_digits = 20;  // RFC 1870 3
  const std::string_view digits = parameter.value.value_or("");
  const bool is_number = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit);
  if (!is_number || digits.size() > max_digits) return reply::bad_parameter("SIZE");
  // Twenty digits can be more than 64 bits hold, and are too big in any case.
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  sender.declared_octets = parse_decimal<std::uint64_t>(digits).value_or(most);
  return std::nullopt;
}

std::optional<Reply> set_body(Sender& sender, const Parameter& parameter) {
  const std::string_view value = parameter.value.value_or("");
  if (iequals(value, "7BIT")) {
    sender.body = mail::Body::seven_bit;
  } else if (iequals(value, "8BITMIME")) {
    sender.body = mail::Body::eight_bit_mime;
  } else {
    return reply::bad_parameter("BODY");
  }
  return std::nullopt;
}

std::optional<Reply> set_smtputf8(Sender& sender, const Parameter& parameter) {
  if (parameter.value) return reply::bad_parameter("SMTPUTF8");
  sender.smtputf8 = true;
  return std::nullopt;
}

// RFC 4954 5: a server that offers AUTH takes the parameter, and may treat what an untrusted
// client says as AUTH=<>.  We trust nobody's word about who first submitted a message.
std::optional<Reply> check_auth(Sender&, const Parameter& parameter) {
  const bool is_xtext = parameter.value && mail::decode_xtext(*parameter.value);
  if (!is_xtext) return reply::bad_parameter("AUTH");
  return std::nullopt;
}

struct MailParameter {
  std::string_view keyword;
  Setter set;
};

constexpr std::array mail_parameters{
    MailParameter{"SIZE", set_size},
    MailParameter{"BODY", set_body},
    MailParameter{"SMTPUTF8", set_smtputf8},
    MailParameter{"AUTH", check_auth},
};

std::optional<Reply> apply(Sender& sender, const Parameter& parameter) {
  for (const MailParameter& known : mail_parameters) {
    if (iequals(known.keyword, parameter.keyword)) return known.set(sender, parameter);
  }
  return reply::unknown_parameter(parameter.keyword);
}

// Takes "FROM:" or "TO:" off arguments.  Blanks behind the colon are against the grammar, but
// printers and old mailers write them.
bool take_keyword(std::string_view& arguments, std::string_view keyword) {
  if (!iequals(arguments.substr(0, keyword.size()), keyword)) return false;
  arguments = trim(arguments.substr(keyword.size()));
  return true;
}

// The parameters stand behind the path, so whether SMTPUTF8 is among them is not known before
// the path has been read: read it as UTF-8 first, and judge afterwards.
bool is_ascii(const mail::Mailbox& mailbox) {
  return !has_eight_bit(mailbox.local_part) && !has_eight_bit(mailbox.domain);
}

}  // namespace

tl::expected<Sender, Reply> parse_mail(std::string_view arguments, Dialect dialect) {
  if (!take_keyword(arguments, "FROM:")) {
    return tl::unexpected(reply::syntax("MAIL FROM:<address> [parameters]"));
  }
  auto path = mail::parse_reverse_path(arguments, mail::Charset::utf8);
  if (!path) return tl::unexpected(reply::bad_sender(path.error().what));
  const auto parameters = parse_parameters(arguments);
  if (!parameters) return tl::unexpected(parameters.error());
  Sender sender;
  sender.reverse_path = std::move(*path);
  for (const Parameter& parameter : *parameters) {
    if (dialect == Dialect::smtp)
      return tl::unexpected(reply::unknown_parameter(parameter.keyword));
    if (auto refusal = apply(sender, parameter)) return tl::unexpected(std::move(*refusal));
  }
  if (!sender.smtputf8 && !is_ascii(sender.reverse_path)) {
    return tl::unexpected(reply::smtputf8_needed());
  }
  return sender;
}

tl::expected<mail::Mailbox, Reply> parse_rcpt(std::string_view arguments, mail::Charset charset) {
  if (!take_keyword(arguments, "TO:")) {
    return tl::unexpected(reply::syntax("RCPT TO:<address>"));
  }
  auto path = mail::parse_forward_path(arguments, mail::Charset::utf8);
  if (!path) return tl::unexpected(reply::bad_recipient(path.error().what));
  const auto parameters = parse_parameters(arguments);
  if (!parameters) return tl::unexpected(parameters.error());
  if (!parameters->empty()) {
    return tl::unexpected(reply::unknown_parameter(parameters->front().keyword));
  }
  if (charset == mail::Charset::ascii && !is_ascii(*path)) {
    return tl::unexpected(reply::smtputf8_needed());
  }
  return std::move(*path);
}

void Transaction::begin(Sender sender) {
  reset();
  sender_ = std::move(sender);
}

void Transaction::add_recipient(mail::Mailbox recipient) {
  recipients_.push_back(std::move(recipient));
}

void Transaction::reset() {
  sender_.reset();
  recipients_.clear();
  recipients_.shrink_to_fit();
}

}  // namespace postern::smtp
