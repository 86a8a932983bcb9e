// SPDX-License-Identifier: ISC
//
// smtp/server_session.cpp - the session's states: input to events, answers to replies.
//
// What each command does is in server_session_commands.cpp.

#include "smtp/server_session.h"

#include <cassert>
#include <utility>

namespace postern::smtp {

namespace reply = mail::reply;
using mail::Reply;

namespace {

// Enough for an AUTH response (RFC 4954 4.3: 12288 octets); of commands RFC 5321 4.5.3.1.4
// wants 512, and more with parameters.
constexpr std::size_t max_line = 12288 + 64;

// Replies that may wait before the caller must take them.
constexpr std::size_t max_replies = 4096;

}  // namespace

ServerSession::ServerSession(const Settings& settings, std::string session_id, Security security)
    : settings_(settings), id_(std::move(session_id)), security_(security), lines_(max_line) {}

void ServerSession::greet() {
  put(reply::greeting(settings_.hostname, id_));
}

Event ServerSession::step(std::string_view& input) {
  assert(!owes_answer());
  for (;;) {
    if (state_ == State::closed) return Closed{};
    if (replies_.size() > max_replies) return TakeReplies{};
    if (input.empty() || state_ == State::tls_handshake) return NeedInput{};
    auto event = state_ == State::text ? step_text(input) : step_line(input);
    if (event) return std::move(*event);
  }
}

std::optional<Event> ServerSession::step_line(std::string_view& input) {
  const LineReader::Step step = lines_.read(input);
  input.remove_prefix(step.consumed);
  switch (step.status) {
    case LineReader::Status::need_input: return NeedInput{};
    case LineReader::Status::line: return on_line(step.line);
    case LineReader::Status::too_long:
    case LineReader::Status::bare: break;
  }
  if (state_ == State::auth) state_ = State::ready;  // that was the response, so AUTH has failed
  return say(step.status == LineReader::Status::bare ? reply::bare_line_end()
                                                     : reply::line_too_long());
}

std::optional<Event> ServerSession::on_line(std::string_view line) {
  return state_ == State::auth ? on_auth_line(line) : on_command(parse_command(line));
}

std::optional<Event> ServerSession::step_text(std::string_view& input) {
  const DataDecoder::Step step = text_.decode(input);
  input.remove_prefix(step.consumed);
  switch (step.status) {
    case DataDecoder::Status::need_input: return NeedInput{};
    case DataDecoder::Status::text:
      if (text_refusal_) return std::nullopt;
      return Text{step.text};
    case DataDecoder::Status::end: return text_ended();
    case DataDecoder::Status::bare_cr:
    case DataDecoder::Status::bare_lf: return bare_line_end_in_text();
    case DataDecoder::Status::too_big: break;
  }
  if (text_refusal_) return std::nullopt;
  text_refusal_ = reply::message_too_big(settings_.limits.message_octets);
  return MessageAborted{*text_refusal_};
}

std::optional<Event> ServerSession::text_ended() {
  if (!text_refusal_) return owe(Owed::message, MessageEnded{});
  const Reply refusal = *text_refusal_;
  end_transaction();
  return say(refusal);
}

// Where the message ends is now anybody's guess, so nothing that follows may be read as a command.
std::optional<Event> ServerSession::bare_line_end_in_text() {
  const Reply refusal = reply::bare_cr_or_lf();
  end_transaction();
  close(refusal);
  return MessageAborted{refusal};
}

Event ServerSession::owe(Owed owed, Event event) {
  owed_ = owed;
  return event;
}

void ServerSession::answer(const Reply& reply) {
  assert(owes_answer());
  const Owed owed = std::exchange(owed_, Owed::nothing);
  if (state_ == State::closed) return;  // closed from outside while the answer was on its way
  put(reply);
  if (state_ != State::closed) follow(owed, reply);
}

// What an answer changes.
void ServerSession::follow(Owed owed, const Reply& reply) {
  switch (owed) {
    case Owed::nothing: return;
    case Owed::tls:
      if (reply.is_positive()) state_ = State::tls_handshake;
      return;
    case Owed::auth:
      state_ = reply.code == 334 ? State::auth : State::ready;
      authenticated_ = reply.code == 235;
      return;
    case Owed::mail:
      if (reply.is_positive()) {
        transaction_.begin(std::move(*offered_sender_));
        state_ = State::mail;
      }
      offered_sender_.reset();
      return;
    case Owed::rcpt:
      if (reply.is_positive()) {
        transaction_.add_recipient(std::move(*offered_recipient_));
        state_ = State::rcpt;
      }
      offered_recipient_.reset();
      return;
    case Owed::data:
      if (!reply.is_positive()) ++idle_commands_;  // it may have cost us a file
      if (reply.is_positive()) {
        text_ = DataDecoder{settings_.limits.message_octets};
        state_ = State::text;
      }
      return;
    case Owed::message:
      if (reply.is_positive()) idle_commands_ = 0;
      end_transaction();
      return;
  }
}

void ServerSession::refuse_text(const Reply& reply) {
  assert(state_ == State::text);
  if (!text_refusal_) text_refusal_ = reply;
}

void ServerSession::tls_started() {
  assert(state_ == State::tls_handshake);
  security_ = Security::tls;
  state_ = State::connected;  // RFC 3207 4.2: as if the session had just begun
  dialect_ = Dialect::smtp;
  authenticated_ = false;
  helo_.clear();
  transaction_.reset();
}

void ServerSession::close(const Reply& reply) {
  if (state_ == State::closed) return;
  farewell_ = reply;
  if (reply.code >= 500) ++errors_;
  replies_ += reply.wire();
  state_ = State::closed;
}

std::optional<Event> ServerSession::say(const Reply& reply) {
  put(reply);
  return std::nullopt;
}

// Every reply to a command passes here, so errors are counted in one place.
void ServerSession::put(const Reply& reply) {
  if (reply.code == 535 && ++auth_failures_ >= settings_.limits.auth_failures) {
    close(reply::too_many_auth_failures(settings_.hostname));
    return;
  }
  if (reply.code >= 500 && ++errors_ >= settings_.limits.errors) {
    close(reply::too_many_errors(settings_.hostname));
    return;
  }
  replies_ += reply.wire();
}

void ServerSession::end_transaction() {
  transaction_.reset();
  text_refusal_.reset();
  state_ = State::ready;
}

std::string ServerSession::take_replies() {
  return std::exchange(replies_, {});
}

std::string ServerSession::protocol() const {
  const bool utf8 = transaction_.has_sender() && transaction_.sender().smtputf8;
  std::string name = dialect_ == Dialect::smtp ? "SMTP" : utf8 ? "UTF8SMTP" : "ESMTP";
  if (dialect_ == Dialect::smtp) return name;
  if (security_ == Security::tls) name += 'S';
  if (authenticated_) name += 'A';
  return name;
}

}  // namespace postern::smtp
