// SPDX-License-Identifier: ISC
//
// smtp/server_session.cpp - the session's states: input to events, answers to replies.
//
// What each command does is in server_session_commands.cpp, and how the text of a message comes in
// server_session_text.cpp.

#include "smtp/server_session.h"

#include <cassert>
#include <utility>

namespace postern::smtp {

namespace reply = mail::reply;
using mail::Reply;

namespace {

// Enough for an AUTH response (RFC 4954 4: 12288 octets); of commands RFC 5321 4.5.3.1.4
// wants 512, and more with parameters.
constexpr std::size_t max_line = 12288 + 64;

// Replies that may wait before the caller must take them.
constexpr std::size_t max_replies = 4096;

}  // namespace

ServerSession::ServerSession(const Situation& begun, std::string session_id)
    : now_(begun), id_(std::move(session_id)), lines_(max_line) {}

void ServerSession::greet() {
  put(greeting());
}

Reply ServerSession::greeting() const {
  const bool is_lmtp = settings().protocol == Protocol::lmtp;
  return reply::greeting(settings().hostname, is_lmtp ? "LMTP" : "ESMTP", id_);
}

Event ServerSession::step(std::string_view& input) {
  assert(!owes_answer());
  for (;;) {
    put_copies();
    if (copies_ > 0 || replies_.size() > max_replies) return TakeReplies{};
    if (state_ == State::closed) return Closed{};
    if (state_ == State::tls_handshake || (input.empty() && !has_work())) return NeedInput{};
    if (auto event = step_state(input)) return std::move(*event);
  }
}

std::optional<Event> ServerSession::step_state(std::string_view& input) {
  switch (state_) {
    case State::text: return step_text(input);
    case State::chunk: return step_chunk(input);
    case State::connected:
    case State::ready:
    case State::mail:
    case State::rcpt:
    case State::chunks:
    case State::auth:
    case State::tls_handshake:
    case State::closed: break;
  }
  return step_line(input);
}

std::optional<Event> ServerSession::step_line(std::string_view& input) {
  // The first octet of a TLS handshake (RFC 8446 5.1), which no command begins with.
  constexpr char handshake = 0x16;
  if (input.front() == handshake && lines_.is_between_lines() && now_.security == Security::clear) {
    close(reply::speaks_tls(settings().hostname));
    return std::nullopt;
  }
  const LineReader::Step step = lines_.read(input);
  input.remove_prefix(step.consumed);
  switch (step.status) {
    case LineReader::Status::need_input: return NeedInput{};
    case LineReader::Status::line: return on_line(step.line);
    case LineReader::Status::too_long:
    case LineReader::Status::bare: break;
  }
  const bool was_in_auth = state_ == State::auth;
  if (was_in_auth) state_ = State::ready;  // that was the response, so AUTH has failed
  if (transcript_ != nullptr && was_in_auth) transcript_->on_auth_response();
  if (transcript_ != nullptr && !was_in_auth) transcript_->on_command(Verb::unknown, "");
  return say(step.status == LineReader::Status::bare ? reply::bare_line_end()
                                                     : reply::line_too_long());
}

std::optional<Event> ServerSession::on_line(std::string_view line) {
  if (state_ == State::auth) {
    if (transcript_ != nullptr) transcript_->on_auth_response();
    return on_auth_line(line);
  }
  const Command command = parse_command(line);
  if (transcript_ != nullptr) transcript_->on_command(command.verb, line);
  return on_command(command);
}

Event ServerSession::owe(Owed owed, Event event) {
  owed_ = owed;
  return event;
}

void ServerSession::answer(const Reply& reply) {
  assert(owes_answer());
  const Owed owed = std::exchange(owed_, Owed::nothing);
  if (state_ == State::closed) return;  // closed from outside while the answer was on its way
  if (owed == Owed::first_chunk) return follow_first_chunk(reply);
  if (owed == Owed::message) return follow_message(reply);
  put(reply);
  if (state_ != State::closed) follow(owed, reply);
}

// What an answer changes.
void ServerSession::follow(Owed owed, const Reply& reply) {
  switch (owed) {
    case Owed::nothing:
    case Owed::first_chunk:
    case Owed::message: return;
    case Owed::tls:
      if (reply.is_positive()) state_ = State::tls_handshake;
      return;
    case Owed::auth:
      state_ = reply.code == 334 ? State::auth : State::ready;
      now_.is_authenticated = reply.code == 235;
      has_xclient_login_ = false;
      return;
    case Owed::xclient: return follow_xclient(reply);
    case Owed::mail:
      if (reply.is_positive()) {
        ++messages_;
        transaction_.begin(std::move(offered_sender_));
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
      if (reply.is_positive()) return begin_text();
      ++idle_commands_;  // it may have cost us a file
      return;
  }
}

void ServerSession::tls_started() {
  assert(state_ == State::tls_handshake);
  now_.security = Security::tls;
  begin_anew();
}

// RFC 3207 4.2: as if the session had just begun.
void ServerSession::begin_anew() {
  end_transaction();
  state_ = State::connected;
  now_.dialect = Dialect::smtp;
  now_.is_authenticated = false;
  helo_.clear();
}

void ServerSession::close(const Reply& reply) {
  if (state_ == State::closed) return;
  farewell_ = reply;
  if (reply.code >= 500) ++errors_;
  state_ = State::closed;
  if (copies_ == 0) return append(reply);
  farewell_waits_ = true;  // until what has been decided is told
}

std::optional<Event> ServerSession::say(const Reply& reply) {
  put(reply);
  return std::nullopt;
}

// Every reply to a command passes here, so errors are counted in one place.
void ServerSession::put(const Reply& reply) {
  if (reply.code == 535 && ++auth_failures_ >= settings().limits.auth_failures) {
    close(reply::too_many_auth_failures(settings().hostname));
    return;
  }
  if (reply.code >= 500 && ++errors_ >= settings().limits.errors) {
    close(reply::too_many_errors(settings().hostname));
    return;
  }
  append(reply);
}

// RFC 2034 4: without the extension there are no enhanced codes.
void ServerSession::append(const Reply& reply) {
  emit(wire(reply));
}

void ServerSession::emit(std::string_view wire) {
  replies_ += wire;
  if (transcript_ != nullptr) transcript_->on_reply(wire);
}

std::string ServerSession::wire(const Reply& reply) const {
  if (settings().extensions.enhanced_status_codes) return reply.wire();
  return Reply{reply.code, "", reply.text}.wire();
}

void ServerSession::end_transaction() {
  transaction_.reset();
  text_refusal_.reset();
  refused_recipients_ = 0;
  state_ = State::ready;
}

std::string ServerSession::take_replies() {
  put_copies();
  return std::exchange(replies_, {});
}

std::string ServerSession::protocol() const {
  const bool utf8 = transaction_.has_sender() && transaction_.sender().smtputf8;
  const bool is_lmtp = settings().protocol == Protocol::lmtp;
  if (now_.dialect == Dialect::smtp) return "SMTP";
  std::string name = is_lmtp ? (utf8 ? "UTF8LMTP" : "LMTP") : (utf8 ? "UTF8SMTP" : "ESMTP");
  if (now_.security == Security::tls) name += 'S';
  if (now_.is_authenticated) name += 'A';
  return name;
}

}  // namespace postern::smtp
