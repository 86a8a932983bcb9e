// SPDX-License-Identifier: ISC
//
// t/bench/load_session.cpp - one session of the load generator, from its connection to QUIT.

#include "load_session.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace postern::bench {

namespace {

constexpr std::string_view mail = "MAIL FROM:<sender@bench.example>\r\n";
constexpr std::string_view rcpt = "RCPT TO:<recipient@bench.example>\r\n";
constexpr std::string_view data = "DATA\r\n";

using State = LoadSession::State;

// The first digit of the reply that each state hopes for.
char hoped_for(State state, unsigned replies) {
  if (state == State::envelope && replies == 2) return '3';
  return '2';
}

}  // namespace

bool LoadSession::open(Clock::time_point now) {
  last_progress_ = now;
  input_.clear();
  fault_.clear();
  is_sending_text_ = offers_pipelining_ = has_tls_ = was_refused_ = false;
  messages_ = 0;
  state_ = State::greeting;
  return channel_.open(plan_.port) || fail(std::string("connect: ") + std::strerror(errno));
}

const char* LoadSession::expectation() const {
  switch (state_) {
    case State::greeting: return "the greeting";
    case State::ehlo: return "the reply to EHLO";
    case State::starttls: return "the reply to STARTTLS";
    case State::handshake: return "the TLS handshake";
    case State::auth: return "the reply to AUTH";
    case State::envelope: return "the replies to MAIL, RCPT and DATA";
    case State::text: return "the reply to the message";
    case State::quit: return "the reply to QUIT";
    case State::ending: return "the end of the connection";
    case State::closed:
    case State::idle: break;
  }
  return "nothing";
}

void LoadSession::close() {
  channel_.close();
  state_ = State::closed;
}

bool LoadSession::fail(std::string fault) {
  fault_ = std::move(fault);
  return false;
}

bool LoadSession::advance(Clock::time_point now, bool is_ending) {
  now_ = now;
  last_progress_ = now;
  if (state_ == State::handshake) {
    const Channel::Status status = channel_.shake_hands();
    if (status == Channel::Status::more) return true;
    if (status == Channel::Status::failed) return fail("the TLS handshake failed");
    has_tls_ = true;
    greet();
  }
  if (!write()) return false;
  const Channel::Status got = channel_.read(input_, is_ending);
  if (!take_replies()) return false;
  if (got == Channel::Status::failed) {
    return state_ == State::ending ? false : fail("the server closed the connection");
  }
  return write();
}

// The end of the text counts as sent when the write begins that takes it: the server may answer
// before that returns.
bool LoadSession::write() {
  const Clock::time_point began = is_sending_text_ ? Clock::now() : now_;
  const Channel::Status status = channel_.write();
  if (status == Channel::Status::failed) return fail("the connection broke");
  if (is_sending_text_ && status == Channel::Status::done) {
    is_sending_text_ = false;
    sent_ = began;
  }
  return true;
}

bool LoadSession::take_replies() {
  std::size_t begin = 0;
  bool is_good = true;
  while (is_good && state_ != State::handshake) {
    const std::size_t end = input_.find('\n', begin);
    if (end == std::string::npos) break;
    is_good = take_reply(std::string_view(input_).substr(begin, end - begin));
    begin = end + 1;
  }
  input_.erase(0, begin);
  return is_good;
}

bool LoadSession::take_reply(std::string_view line) {
  if (line.size() < 3) return fail("no reply: " + std::string(line));
  const bool is_pipelining = line.size() > 4 && line.substr(4).starts_with("PIPELINING");
  if (state_ == State::ehlo && is_pipelining) offers_pipelining_ = true;
  if (line.size() > 3 && line[3] == '-') return true;
  if (line[0] != hoped_for(state_, replies_)) {
    was_refused_ = true;
    return fail(std::string(line.substr(0, line.find('\r'))));
  }
  return on_reply();
}

bool LoadSession::on_reply() {
  switch (state_) {
    case State::greeting: greet(); return true;
    case State::ehlo:
      if (plan_.wants_tls && !has_tls_) {
        say("STARTTLS\r\n", State::starttls);
      } else if (!plan_.login.empty()) {
        say("AUTH PLAIN " + plan_.login + "\r\n", State::auth);
      } else {
        begin_messages();
      }
      return true;
    case State::starttls: return begin_handshake();
    case State::auth: begin_messages(); return true;
    case State::envelope:
      if (++replies_ == 3) {
        send_text();
      } else if (!offers_pipelining_ || !plan_.wants_pipelining) {
        send_next_command();
      }
      return true;
    case State::text:
      observer_.on_message(text_.name_of(number_), now_ - sent_);
      if (++messages_ < plan_.messages) {
        send_envelope();
      } else {
        say("QUIT\r\n", State::quit);
      }
      return true;
    case State::quit: state_ = State::ending; return true;
    case State::closed:
    case State::handshake:
    case State::ending:
    case State::idle: break;
  }
  return fail("a reply that nobody waits for");
}

void LoadSession::say(std::string_view command, State next) {
  channel_.output() += command;
  state_ = next;
}

void LoadSession::greet() {
  say("EHLO client.bench.example\r\n", State::ehlo);
}

bool LoadSession::begin_handshake() {
  channel_.begin_tls(context_);
  state_ = State::handshake;
  return channel_.shake_hands() != Channel::Status::failed || fail("the TLS handshake failed");
}

void LoadSession::begin_messages() {
  if (plan_.is_idle) {
    state_ = State::idle;
  } else if (plan_.messages == 0) {
    say("QUIT\r\n", State::quit);
  } else {
    send_envelope();
  }
}

void LoadSession::send_envelope() {
  replies_ = 0;
  say(mail, State::envelope);
  if (!offers_pipelining_ || !plan_.wants_pipelining) return;
  channel_.output() += rcpt;
  channel_.output() += data;
}

void LoadSession::send_next_command() {
  say(replies_ == 1 ? rcpt : data, State::envelope);
}

void LoadSession::send_text() {
  number_ = observer_.next_number();
  text_.append_to(channel_.output(), number_);
  state_ = State::text;
  is_sending_text_ = true;
}

}  // namespace postern::bench
