// SPDX-License-Identifier: ISC
//
// server/connection.cpp - octets between stream and session, from the first to the last.
//
// The answers to the session's events are in connection_answers.cpp.

#include "server/connection.h"

#include <chrono>

#include "base/log.h"

namespace postern::server {

namespace reply = mail::reply;

namespace {

// While so much waits to be sent, the session gets no more input: a client that does not read
// its replies waits for itself.
constexpr std::size_t max_unsent = std::size_t{16} * 1024;

// Closing while the client still sends would make its system throw our last reply away.  Many
// clients look for a reply only when the whole message is out, so that much is taken, and dropped.
constexpr std::chrono::seconds linger_time{10};

smtp::Security initial_security(const ListenerService& service) {
  return service.listener.tls == conf::ListenerTls::implicit ? smtp::Security::tls
                                                             : smtp::Security::clear;
}

}  // namespace

Connection::Connection(ConnectionId id, ListenerService& service, UniqueFd fd,
                       const PeerAddress& peer, Purpose purpose)
    : id_(id),
      service_(service),
      peer_(peer),
      purpose_(purpose),
      session_id_(service.worker.ids.next(std::chrono::system_clock::now())),
      stream_(service.worker.loop, std::move(fd), *this),
      session_(service.settings, session_id_, initial_security(service)) {
  set_timeouts();
}

void Connection::start() {
  log::write(log::Level::info, "session_begin",
             {{"session", session_id_},
              {"peer", peer_.to_string()},
              {"port", peer_.port()},
              {"listener", service_.listener.name}});
  if (service_.listener.tls == conf::ListenerTls::implicit) {
    start_handshake();
  } else {
    greet();
  }
}

void Connection::greet() {
  if (purpose_ == Purpose::refuse) {
    session_.close(reply::too_many_connections(service_.config().hostname));
  } else {
    session_.greet();
  }
  advance();
}

// Lets the session work as long as it can: until it wants input that is not there, is owed an
// answer that comes later, or the client does not take its replies.
void Connection::advance() {
  bool can_go_on = true;
  while (can_go_on && phase_ == Phase::serving && !session_.owes_answer() &&
         stream_.unsent() < max_unsent) {
    std::string_view input = stream_.input();
    const std::size_t offered = input.size();
    const smtp::Event event = session_.step(input);
    // Its octets are in the stream's buffer, so they come before the buffer moves on.
    if (const auto* text = std::get_if<smtp::Text>(&event)) take_text(text->octets);
    stream_.consume(offered - input.size());
    std::visit([this](const auto& happened) { on(happened); }, event);
    can_go_on = !std::holds_alternative<smtp::NeedInput>(event) || !stream_.input().empty();
  }
  if (phase_ != Phase::serving) return;
  send_replies();
  apply_timeouts();
  const bool has_nothing_to_do = !session_.owes_answer() && stream_.input().empty();
  if (session_.is_closed() || (peer_has_closed_ && has_nothing_to_do)) return begin_closing();
  if (draining_ && session_.is_idle() && !session_.owes_answer()) shut_down();
}

void Connection::send_replies() {
  stream_.send(session_.take_replies());
}

void Connection::apply_timeouts() {
  if (session_.is_receiving_text() != has_text_timeout_) set_timeouts();
}

void Connection::set_timeouts() {
  has_text_timeout_ = session_.is_receiving_text();
  const conf::Config::Timeouts& timeouts = service_.config().timeouts;
  stream_.set_timeouts(has_text_timeout_ ? timeouts.data : timeouts.command, timeouts.write);
}

void Connection::start_handshake() {
  const net::TlsContext* context = service_.tls();
  auto tls = context == nullptr ? nullptr : context->new_connection();
  if (!tls) return finish("no memory for TLS");
  phase_ = Phase::handshake;
  stream_.set_timeouts(conf::Seconds{0}, conf::Seconds{0});
  stream_.start_tls(std::move(tls));
  // The whole handshake must be done by then, however busily the client sends.
  timer_ = std::make_unique<net::Timer>(service_.worker.loop,
                                        [this] { on_end(End::handshake_failed, "timed out"); });
  timer_->start(service_.config().timeouts.handshake);
}

void Connection::on_tls_started() {
  timer_.reset();
  phase_ = Phase::serving;
  set_timeouts();
  log::write(
      log::Level::debug, "tls_begin",
      {{"session", session_id_}, {"peer", peer_.to_string()}, {"tls", stream_.tls_description()}});
  if (service_.listener.tls == conf::ListenerTls::implicit) return greet();
  session_.tls_started();
  login_.forget();
  advance();
}

void Connection::on_input() {
  if (phase_ == Phase::serving) return advance();
  if (phase_ != Phase::lingering) return;
  for (std::string_view input = stream_.input(); !input.empty(); input = stream_.input()) {
    lingered_octets_ += input.size();
    stream_.consume(input.size());
  }
  if (lingered_octets_ > service_.config().limits.message_size) finish(reason_);
}

void Connection::on_sent() {
  switch (phase_) {
    case Phase::serving: return advance();
    case Phase::before_tls: return start_handshake();
    case Phase::closing: return after_last_reply();
    case Phase::handshake:
    case Phase::lingering:
    case Phase::finished: return;
  }
}

void Connection::on_end(End end, std::string_view detail) {
  if (phase_ == Phase::finished) return;
  if (phase_ == Phase::lingering || phase_ == Phase::closing) return finish(reason_);
  switch (end) {
    case End::closed_by_peer:
      // What it sent before is still answered: it may have closed one direction only.
      peer_has_closed_ = true;
      return phase_ == Phase::serving ? advance() : finish("closed by peer");
    case End::read_timeout:
      if (session_.owes_answer()) return stream_.resume_input();  // it waits for us
      session_.close(reply::timed_out(service_.config().hostname));
      return begin_closing();
    case End::write_timeout: return finish("client does not read");
    case End::handshake_failed:
      log::write(log::Level::info, "tls_failed",
                 {{"session", session_id_}, {"peer", peer_.to_string()}, {"reason", detail}});
      return finish("TLS handshake failed");
    case End::error: return finish(detail.empty() ? "connection lost" : detail);
  }
}

void Connection::drain() {
  draining_ = true;
  if (phase_ == Phase::serving) advance();
}

void Connection::shut_down() {
  if (phase_ == Phase::handshake || phase_ == Phase::before_tls) return finish("server stops");
  if (phase_ != Phase::serving) return finish(reason_);
  session_.close(reply::shutting_down(service_.config().hostname));
  begin_closing();
}

bool Connection::said_goodbye() const {
  return session_.farewell().code == 221;
}

void Connection::begin_closing() {
  if (phase_ != Phase::serving) return;
  phase_ = Phase::closing;
  intake_.reset();  // what was not ended with a dot leaves nothing
  if (!session_.is_closed()) reason_ = "closed by peer";
  if (session_.is_closed() && !said_goodbye()) reason_ = session_.farewell().line();
  send_replies();
  if (stream_.unsent() == 0) after_last_reply();
}

void Connection::after_last_reply() {
  if (said_goodbye() || peer_has_closed_) return finish(reason_);
  phase_ = Phase::lingering;
  stream_.shut_down_sending();
  stream_.resume_input();
  // Of all of it, however the client trickles.
  timer_ = std::make_unique<net::Timer>(service_.worker.loop, [this] { finish(reason_); });
  timer_->start(linger_time);
  on_input();
}

void Connection::finish(std::string_view reason) {
  if (phase_ == Phase::finished) return;
  phase_ = Phase::finished;
  intake_.reset();
  service_.worker.auth.cancel(question_);
  if (timer_) timer_->stop();  // it may be the timer that calls, so it must not go here
  log::write(log::Level::info, "session_end",
             {{"session", session_id_},
              {"peer", peer_.to_string()},
              {"login", login_.name()},
              {"messages", messages_accepted_},
              {"errors", session_.errors()},
              {"reason", reason}});
  service_.worker.connections.finished(id_);
}

}  // namespace postern::server
