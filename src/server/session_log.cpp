// SPDX-License-Identifier: ISC
//
// server/session_log.cpp - what a session leaves in the log.

#include "server/session_log.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace postern::server {

using log::Level;
using smtp::Verb;

namespace {

constexpr std::size_t max_path = 256;  // RFC 5321 4.5.3.1.3; what is longer is refused

constexpr std::string_view hidden = "[hidden]";

// What stands between the angle brackets of MAIL or RCPT, right or wrong.
std::string path_in(std::string_view line) {
  const std::size_t begin = line.find('<');
  if (begin == std::string_view::npos) return "";
  const std::string_view path = line.substr(begin + 1);
  return std::string(path.substr(0, std::min(path.find('>'), max_path)));
}

// Whether a line that is no command may have been meant as a part of AUTH.
bool looks_like_auth(std::string_view line) {
  return lower(line).find("auth") != std::string::npos;
}

}  // namespace

SessionLog::SessionLog(const Subject& subject, const TracedPeers& traced,
                       std::uint32_t most_temporary)
    : subject_(subject), traced_(traced), temporary_left_(most_temporary) {}

void SessionLog::begin(const std::optional<PeerAddress>& proxy, std::string_view listener) const {
  log::write(log::Level::info, "session_begin",
             {{"session", subject_.session_id},
              {"peer", peer()},
              {"port", subject_.peer.port()},
              {"proxy", proxy ? proxy->to_string() : ""},
              {"listener", listener}});
}

void SessionLog::begin_tls(std::string_view description) const {
  log::write(log::Level::debug, "tls_begin",
             {{"session", subject_.session_id}, {"peer", peer()}, {"tls", description}});
}

void SessionLog::fail_tls(std::string_view reason) const {
  log::write(log::Level::info, "tls_failed",
             {{"session", subject_.session_id}, {"peer", peer()}, {"reason", reason}});
}

void SessionLog::change_client() const {
  log::write(
      log::Level::info, "xclient",
      {{"session", subject_.session_id}, {"peer", peer()}, {"login", subject_.login.name()}});
}

void SessionLog::name_client(std::string_view name) const {
  log::write(log::Level::info, "client_name",
             {{"session", subject_.session_id}, {"peer", peer()}, {"name", name}});
}

void SessionLog::log_in(std::string_view name) const {
  log::write(log::Level::info, "login",
             {{"session", subject_.session_id},
              {"peer", peer()},
              {"login", name},
              {"mechanism", subject_.login.mechanism()}});
}

void SessionLog::refuse_login(std::string_view name, const mail::Reply& reply) {
  expect(reply);
  log::write(log::Level::warning, "login_failed",
             {{"session", subject_.session_id},
              {"peer", peer()},
              {"login", name},
              {"mechanism", subject_.login.mechanism()},
              {"reply", reply.line()}});
}

void SessionLog::refuse_early_talker(const mail::Reply& reply) {
  refuse_talker("early_talker", reply);
}

void SessionLog::refuse_input(const mail::Reply& reply) {
  refuse_talker("input_refused", reply);
}

void SessionLog::refuse_talker(std::string_view event, const mail::Reply& reply) {
  expect(reply);
  log::write(log::Level::info, event,
             {{"session", subject_.session_id},
              {"peer", peer()},
              {"login", subject_.login.name()},
              {"after", last_command()},
              {"reply", reply.line()}});
}

void SessionLog::refuse_message(std::string_view message, const mail::Reply& reply) {
  expect(reply);
  write_message_refusal(message, from_, reply.line());
}

void SessionLog::drop_message(std::string_view message) const {
  log::write(log::Level::info, "message_dropped",
             {{"message", message}, {"session", subject_.session_id}, {"peer", peer()}});
}

void SessionLog::write_message_refusal(std::string_view message, std::string_view from,
                                       std::string_view reply) const {
  log::write(log::Level::info, "message_refused",
             {{"message", message},
              {"session", subject_.session_id},
              {"peer", peer()},
              {"login", subject_.login.name()},
              {"helo", subject_.session.helo()},
              {"protocol", subject_.session.protocol()},
              {"from", from},
              {"reply", reply}});
}

void SessionLog::end(std::uint32_t messages, std::string_view reason) const {
  log::write(log::Level::info, "session_end",
             {{"session", subject_.session_id},
              {"peer", peer()},
              {"login", subject_.login.name()},
              {"messages", messages},
              {"errors", subject_.session.errors()},
              {"commands", commands_.to_string()},
              {"after", last_command()},
              {"reason", reason}});
}

std::string SessionLog::sender_now() const {
  const smtp::Transaction& transaction = subject_.session.transaction();
  return transaction.has_sender() ? transaction.sender().reverse_path.to_string() : "";
}

std::string_view SessionLog::last_command() const {
  return commands_.is_empty() ? "CONNECT" : smtp::name_of(commands_.last());
}

// A secret that was sent where it does not belong, behind a refused AUTH or on a line of its own,
// is still one.
void SessionLog::on_command(Verb verb, std::string_view line) {
  trace_text();
  if (verb != Verb::bdat) told_ = 0;
  if (verb == Verb::mail) from_ = path_in(line);
  if (verb == Verb::rcpt) to_ = path_in(line);
  commands_.add_command(verb);
  if (verb == Verb::auth) {
    has_said_auth_ = true;
    std::string_view rest = line;
    const std::string_view name = take_word(rest = trim(rest));
    const std::string_view mechanism = take_word(rest);
    trace("in", cat(name, " ", mechanism, rest.empty() ? "" : " ", rest.empty() ? "" : hidden));
  } else if (verb == Verb::unknown && (has_said_auth_ || looks_like_auth(line))) {
    trace("in", hidden);
  } else {
    trace("in", line);
  }
}

void SessionLog::on_auth_response() {
  trace("in", hidden);
}

void SessionLog::on_reply(std::string_view reply) {
  trace_text();
  const auto code = parse_decimal<std::uint32_t>(reply.substr(0, 3)).value_or(0);
  if (code == 334) {
    trace("out", cat("334 ", hidden));
  } else {
    for (const std::string_view line : split_lines(reply)) trace("out", line);
  }
  commands_.add_reply(code);
  if (code >= 400) refuse_by_reply(code, trim(reply));
  to_.clear();
}

// The reply that closes a session is told at its end.
void SessionLog::refuse_by_reply(std::uint32_t code, std::string_view reply) {
  if (code == told_ || subject_.session.is_closed()) return;
  if (code < 500) {
    if (temporary_left_ == 0) return;
    --temporary_left_;
  }
  switch (commands_.last()) {
    case Verb::mail:
      log::write(log::Level::info, "sender_refused",
                 {{"session", subject_.session_id},
                  {"peer", peer()},
                  {"login", subject_.login.name()},
                  {"helo", subject_.session.helo()},
                  {"protocol", subject_.session.protocol()},
                  {"from", from_},
                  {"reply", reply}});
      return;
    case Verb::rcpt:
      log::write(log::Level::info, "recipient_refused",
                 {{"session", subject_.session_id},
                  {"peer", peer()},
                  {"login", subject_.login.name()},
                  {"helo", subject_.session.helo()},
                  {"protocol", subject_.session.protocol()},
                  {"from", sender_now()},
                  {"to", to_},
                  {"reply", reply}});
      return;
    case Verb::data:
    case Verb::bdat: return write_message_refusal("", sender_now(), reply);
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
    case Verb::rset:
    case Verb::noop:
    case Verb::quit:
    case Verb::vrfy:
    case Verb::help:
    case Verb::starttls:
    case Verb::auth:
    case Verb::xclient:
    case Verb::expn:
    case Verb::etrn:
    case Verb::not_smtp:
    case Verb::unknown: break;
  }
  log::write(log::Level::info, "command_refused",
             {{"session", subject_.session_id},
              {"peer", peer()},
              {"login", subject_.login.name()},
              {"helo", subject_.session.helo()},
              {"protocol", subject_.session.protocol()},
              {"command", last_command()},
              {"reply", reply}});
}

void SessionLog::trace(std::string_view direction, std::string_view line) const {
  if (!log::is_logged(Level::info) || !traced_.is_traced(subject_.peer)) return;
  log::write(log::Level::info, "dialogue",
             {{"session", subject_.session_id},
              {"peer", peer()},
              {"direction", direction},
              {"line", line}});
}

void SessionLog::trace_text() {
  const std::uint64_t octets = std::exchange(text_octets_, 0);
  if (octets > 0) trace("in", cat("[", octets, " octets of text]"));
}

}  // namespace postern::server
