// SPDX-License-Identifier: ISC
//
// smtp/rcpt_command.cpp - the arguments of RCPT.

#include "smtp/rcpt_command.h"

#include "base/text.h"
#include "mail/dsn.h"
#include "smtp/path_arguments.h"

namespace postern::smtp {

namespace {

using mail::Reply;
namespace reply = mail::reply;

// Both parameters are those of DSN (RFC 3461 4.1, 4.2, 5.1).
std::optional<Reply> apply(mail::Recipient& recipient, const Parameter& parameter,
                           mail::Charset charset, const Situation& now) {
  const bool is_known = now.dialect == Dialect::esmtp && now.settings.extensions.dsn;
  const std::string_view value = parameter.value.value_or("");
  if (is_known && iequals(parameter.keyword, "NOTIFY")) {
    recipient.notify = mail::parse_notify(value);
    if (!recipient.notify) return reply::bad_parameter("NOTIFY");
    return std::nullopt;
  }
  if (is_known && iequals(parameter.keyword, "ORCPT")) {
    recipient.original = mail::parse_original_recipient(value, charset);
    if (!recipient.original) return reply::bad_parameter("ORCPT");
    return std::nullopt;
  }
  return reply::unknown_parameter(parameter.keyword);
}

}  // namespace

tl::expected<mail::Recipient, Reply> parse_rcpt(std::string_view arguments, mail::Charset charset,
                                                const Situation& now) {
  static constexpr PathForm form{"TO:", "RCPT TO:<address> [parameters]", mail::parse_forward_path,
                                 reply::bad_recipient};
  auto parsed = parse_path_arguments(arguments, form);
  if (!parsed) return tl::unexpected(std::move(parsed.error()));
  mail::Recipient recipient{std::move(parsed->path)};
  for (const Parameter& parameter : parsed->parameters) {
    if (auto refusal = apply(recipient, parameter, charset, now)) {
      return tl::unexpected(std::move(*refusal));
    }
  }
  if (charset == mail::Charset::ascii && !parsed->is_ascii) {
    return tl::unexpected(non_ascii_refusal(now));
  }
  return recipient;
}

}  // namespace postern::smtp
