// SPDX-License-Identifier: ISC
//
// smtp/server_session_commands.cpp - the rule table, and what each command does.

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/text.h"
#include "smtp/mail_command.h"
#include "smtp/rcpt_command.h"
#include "smtp/server_session.h"

namespace postern::smtp {

namespace reply = mail::reply;

namespace {

constexpr std::size_t max_helo = 255;

// So many on average may all recipients together have.
constexpr std::size_t octets_for_recipient = 128;

// Mail programs call themselves all sorts of things, host names with underscores and
// apostrophes among them, and it matters to nobody; so anything printable is let through.
bool is_helo_name(std::string_view name) {
  return !name.empty() && name.size() <= max_helo &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_listed(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (iequals(list.substr(0, end), word)) return true;
    list = trim(list.substr(end));
  }
  return false;
}

}  // namespace

// A row says where a verb may occur; its handler says what happens.
struct ServerSession::Rule {
  Verb verb;
  std::uint32_t states;  // where the verb is in sequence; elsewhere it gets 503 and the hint
  std::string_view hint;
  bool takes_arguments;  // 501 otherwise
  bool is_free;          // a step towards a message, or the end: not counted as idle
  std::optional<Event> (ServerSession::*handle)(const Command&);
};

const ServerSession::Rule* ServerSession::find_rule(Verb verb) {
  constexpr auto in = [](auto... states) { return ((1U << static_cast<unsigned>(states)) | ...); };
  constexpr std::uint32_t anywhere =
      in(State::connected, State::ready, State::mail, State::rcpt, State::chunks);
  constexpr std::uint32_t outside_transaction = in(State::connected, State::ready);
  constexpr std::uint32_t greeted = in(State::ready);
  constexpr std::string_view busy = "Not during a mail transaction";
  using Self = ServerSession;
  static constexpr std::array rules{
      Rule{Verb::ehlo, anywhere, "", true, false, &Self::on_ehlo},
      Rule{Verb::helo, anywhere, "", true, false, &Self::on_helo},
      Rule{Verb::lhlo, anywhere, "", true, false, &Self::on_lhlo},
      Rule{Verb::starttls, outside_transaction, busy, false, false, &Self::on_starttls},
      Rule{Verb::auth, greeted, "EHLO first, and not during a mail transaction", true, false,
           &Self::on_auth},
      Rule{Verb::mail, greeted, "EHLO first, and one transaction at a time", true, false,
           &Self::on_mail},
      Rule{Verb::rcpt, in(State::mail, State::rcpt), "MAIL first", true, true, &Self::on_rcpt},
      Rule{Verb::data, in(State::rcpt), "RCPT first", false, true, &Self::on_data},
      Rule{Verb::bdat, anywhere, "", true, true, &Self::on_bdat},
      Rule{Verb::xclient, outside_transaction, busy, true, false, &Self::on_xclient},
      Rule{Verb::rset, anywhere, "", false, false, &Self::on_rset},
      Rule{Verb::noop, anywhere, "", true, false, &Self::on_noop},
      Rule{Verb::vrfy, anywhere, "", true, false, &Self::on_vrfy},
      Rule{Verb::help, anywhere, "", true, false, &Self::on_help},
      Rule{Verb::quit, anywhere, "", false, true, &Self::on_quit},
      Rule{Verb::expn, anywhere, "", true, false, &Self::on_not_implemented},
      Rule{Verb::etrn, anywhere, "", true, false, &Self::on_not_implemented},
      Rule{Verb::not_smtp, anywhere, "", true, false, &Self::on_not_smtp},
  };
  const auto* rule = std::find_if(rules.begin(), rules.end(),
                                  [verb](const Rule& row) { return row.verb == verb; });
  return rule == rules.end() ? nullptr : rule;
}

std::optional<Event> ServerSession::on_command(const Command& command) {
  const Rule* rule = find_rule(command.verb);
  if (rule == nullptr) return say(reply::unknown_command());
  if (!rule->is_free) ++idle_commands_;
  if (idle_commands_ > settings().limits.idle_commands && command.verb != Verb::quit) {
    close(reply::too_many_idle_commands(settings().hostname));
    return std::nullopt;
  }
  const bool in_sequence = (rule->states >> static_cast<unsigned>(state_) & 1U) != 0;
  if (!in_sequence) return say(reply::bad_sequence(rule->hint));
  if (!rule->takes_arguments && !command.arguments.empty()) {
    return say(reply::no_arguments(command.name));
  }
  return (this->*rule->handle)(command);
}

std::optional<Event> ServerSession::on_ehlo(const Command& command) {
  if (settings().protocol == Protocol::lmtp) return say(reply::wrong_greeting("LHLO"));
  return greeted(command.arguments, Dialect::esmtp);
}

std::optional<Event> ServerSession::on_helo(const Command& command) {
  if (settings().protocol == Protocol::lmtp) return say(reply::wrong_greeting("LHLO"));
  return greeted(command.arguments, Dialect::smtp);
}

// RFC 2033 4.1.
std::optional<Event> ServerSession::on_lhlo(const Command& command) {
  if (settings().protocol == Protocol::smtp) return say(reply::wrong_greeting("EHLO"));
  return greeted(command.arguments, Dialect::esmtp);
}

// RFC 5321 4.1.4: a transaction under way is ended by EHLO and HELO as by RSET.
std::optional<Event> ServerSession::greeted(std::string_view name, Dialect dialect) {
  if (!is_helo_name(name)) return say(reply::bad_helo());
  auto event = drop_transaction();
  helo_ = xclient_helo_.empty() ? name : xclient_helo_;
  now_.dialect = dialect;
  if (dialect == Dialect::esmtp) {
    emit(mail::multiline(250, ehlo_lines(now_)));
  } else {
    put(reply::hello(settings().hostname));
  }
  return event;
}

// The client ends the transaction; what has come of a message must be forgotten.
std::optional<Event> ServerSession::drop_transaction() {
  const bool has_text = state_ == State::chunks;
  end_transaction();
  if (has_text) return MessageDropped{};
  return std::nullopt;
}

std::optional<Event> ServerSession::on_starttls(const Command&) {
  if (now_.security == Security::tls) return say(reply::tls_active());
  if (!settings().offers_starttls) return say(reply::tls_not_offered());
  if (now_.is_after_xclient) return say(reply::bad_sequence("Not after XCLIENT"));
  return owe(Owed::tls, TlsRequested{});
}

std::optional<Event> ServerSession::on_xclient(const Command& command) {
  if (!now_.may_xclient) return say(reply::not_implemented(command.name));
  auto facts = parse_xclient(command.arguments);
  if (!facts) return say(facts.error());
  offered_facts_ = std::make_unique<ClientFacts>(*facts);
  return owe(Owed::xclient, XclientRequested{std::move(*facts)});
}

// The session is with somebody else now, who has said nothing yet.
void ServerSession::follow_xclient(const mail::Reply& reply) {
  const auto facts = std::move(offered_facts_);
  if (!reply.is_positive()) return;
  // What XCLIENT itself has said may come in parts; but who logged in was the client before.
  const bool stays = has_xclient_login_ || !facts->address.is_mentioned;
  const bool was_authenticated = now_.is_authenticated && stays;
  begin_anew();
  now_.is_after_xclient = true;
  now_.is_authenticated =
      facts->login.is_mentioned ? facts->login.value.has_value() : was_authenticated;
  has_xclient_login_ |= facts->login.is_mentioned;
  if (facts->helo.is_mentioned) xclient_helo_ = facts->helo.value.value_or("");
}

std::optional<Event> ServerSession::on_auth(const Command& command) {
  if (now_.is_authenticated) return say(reply::auth_again());
  if (now_.dialect == Dialect::smtp) return say(reply::bad_sequence("EHLO first"));
  if (settings().mechanisms.empty()) return say(reply::auth_not_offered());
  if (!allows_auth(now_)) {
    return say(settings().offers_starttls ? reply::auth_needs_tls() : reply::auth_not_offered());
  }

  std::string_view response = command.arguments;
  const std::string_view mechanism = take_word(response);
  if (mechanism.empty()) return say(reply::syntax("AUTH mechanism [initial-response]"));
  if (!is_listed(settings().mechanisms, mechanism)) return say(reply::auth_unknown_mechanism());

  AuthRequested request{std::string(mechanism), std::nullopt};
  if (!response.empty()) {
    // RFC 4954 4: "=" is the empty response; no response at all is something else.
    request.response = base64_decode(response == "=" ? "" : response);
    if (!request.response) return say(reply::auth_bad_base64());
  }
  return owe(Owed::auth, std::move(request));
}

// The client's response to a 334; "*" gives up (RFC 4954 4).
std::optional<Event> ServerSession::on_auth_line(std::string_view line) {
  state_ = State::ready;
  if (line == "*") return say(reply::auth_cancelled());
  auto response = base64_decode(line);
  if (!response) return say(reply::auth_bad_base64());
  return owe(Owed::auth, AuthResponded{std::move(*response)});
}

std::optional<Event> ServerSession::on_mail(const Command& command) {
  const std::uint32_t most = settings().limits.messages;
  if (most > 0 && messages_ >= most) {  // RFC 9422 4.1, MAILMAX
    close(reply::too_many_messages(settings().hostname));
    return std::nullopt;
  }
  auto sender = parse_mail(command.arguments, now_);
  if (!sender) return say(sender.error());
  offered_sender_ = std::make_unique<Sender>(*sender);
  return owe(Owed::mail, MailRequested{std::move(*sender)});
}

std::optional<Event> ServerSession::on_rcpt(const Command& command) {
  const bool smtputf8 = transaction_.sender().smtputf8;
  auto recipient =
      parse_rcpt(command.arguments, smtputf8 ? mail::Charset::utf8 : mail::Charset::ascii, now_);
  if (!recipient) return say(recipient.error());
  const Limits& limits = settings().limits;
  // An address has some thirty octets; many of 256, with an ORCPT of 500 each, are an attack.
  const std::size_t most_octets = octets_for_recipient * limits.recipients;
  if (transaction_.recipients().size() >= limits.recipients ||
      transaction_.recipient_octets() >= most_octets) {
    return refuse_recipient(reply::too_many_recipients());
  }
  const std::string& domain = recipient->address.domain;
  if (limits.recipient_domains > 0 &&
      !transaction_.has_room_for_domain(domain, limits.recipient_domains)) {
    return refuse_recipient(reply::too_many_recipient_domains());
  }
  offered_recipient_ = *recipient;
  return owe(Owed::rcpt, RcptRequested{std::move(*recipient)});
}

// A client may not know the limit and send as many again; whoever goes on then does not listen.
std::optional<Event> ServerSession::refuse_recipient(const mail::Reply& reply) {
  if (++refused_recipients_ <= settings().limits.recipients) return say(reply);
  close(reply::too_many_idle_commands(settings().hostname));
  return std::nullopt;
}

std::optional<Event> ServerSession::on_rset(const Command&) {
  put(reply::reset());
  // Before EHLO there is nothing to reset, and it must not count as a greeting.
  return state_ == State::connected ? std::nullopt : drop_transaction();
}

std::optional<Event> ServerSession::on_noop(const Command&) {
  return say(reply::ok());
}

std::optional<Event> ServerSession::on_vrfy(const Command& command) {
  if (command.arguments.empty()) return say(reply::syntax("VRFY address"));
  return say(reply::vrfy());  // RFC 5321 7.3: we do not tell who exists
}

std::optional<Event> ServerSession::on_help(const Command&) {
  return say(reply::help(cat(
      settings().protocol == Protocol::lmtp ? "LHLO" : "EHLO HELO",
      allows_starttls(now_) ? " STARTTLS" : "", allows_auth(now_) ? " AUTH" : "", " MAIL RCPT DATA",
      settings().extensions.chunking ? " BDAT" : "", " RSET NOOP VRFY HELP QUIT")));
}

std::optional<Event> ServerSession::on_not_implemented(const Command& command) {
  return say(reply::not_implemented(command.name));
}

// Nobody who means SMTP says GET; what follows was written by a web page, not by a person.
std::optional<Event> ServerSession::on_not_smtp(const Command&) {
  close(reply::not_smtp(settings().hostname));
  return std::nullopt;
}

std::optional<Event> ServerSession::on_quit(const Command&) {
  close(reply::closing(settings().hostname));
  return std::nullopt;
}

}  // namespace postern::smtp
