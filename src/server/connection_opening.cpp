// SPDX-License-Identifier: ISC
//
// server/connection_opening.cpp - a connection up to its greeting.

#include <chrono>

#include "server/connection.h"
#include "server/handshake_queue.h"

namespace postern::server {

namespace reply = mail::reply;

void Connection::serve(policy::Admission::Pass pass) {
  pass_ = std::move(pass);
  entry_.emplace(service_.worker.scoreboard.sessions(), service_.worker.row);
  show(Activity::opening);
  begin();
}

void Connection::refuse(const mail::Reply& farewell) {
  purpose_ = Purpose::refuse;
  session_.close(farewell);
  begin();
}

void Connection::begin() {
  log_.begin(proxy_, service_.listener.name);
  if (purpose_ == Purpose::serve) find_name();
  if (service_.listener.tls == conf::ListenerTls::implicit) return start_handshake();
  open();
}

// In its turn, which it waits for when the client has begun: what costs is the answer to that.
void Connection::start_handshake() {
  phase_ = Phase::handshake;
  deadlines_.stop_all();
  stream_.call_on_arrival([this] { service_.worker.handshakes.enter(id_); });
  // The whole handshake must be done by then, however busily the client sends.
  timer_ = std::make_unique<net::Timer>(service_.worker.loop,
                                        [this] { on_end(End::handshake_failed, "timed out"); });
  timer_->start(service_.config().timeouts.handshake);
}

bool Connection::begin_handshake() {
  const net::TlsContext* context = service_.tls();
  auto tls = context == nullptr ? nullptr : context->new_connection();
  if (!tls) {
    finish("no memory for TLS");
    return false;
  }
  stream_.start_tls(std::move(tls));
  return true;
}

void Connection::on_tls_started() {
  timer_.reset();
  const bool is_newest = stream_.tls_description().starts_with("TLSv1.3");
  service_.worker.count(is_newest ? Counter::tls_1_3 : Counter::tls_1_2);
  log_.begin_tls(stream_.tls_description());
  if (service_.listener.tls == conf::ListenerTls::implicit) return open();
  phase_ = Phase::serving;
  session_.tls_started();
  login_.forget();
  deadlines_.start(Wait::command, service_.config().timeouts.command);
  show(Activity::waiting);
  advance();
}

// The client could be greeted now.  Whoever talks first is no mail program (RFC 5321 3.1).
void Connection::open() {
  const auto delay = service_.listener.greet_delay;
  if (delay.count() == 0 || session_.is_closed()) return greet();
  phase_ = Phase::before_greeting;
  timer_ = std::make_unique<net::Timer>(service_.worker.loop, [this] { greet(); });
  timer_->start(delay);
}

void Connection::on_early_input() {
  timer_->stop();
  service_.worker.count(Counter::early_talkers);
  log_.refuse_early_talker(reply::too_early());
  session_.close(reply::too_early());
  greet();
}

void Connection::greet() {
  phase_ = Phase::serving;
  show(Activity::waiting);
  if (!session_.is_closed()) session_.greet();
  advance();
}

}  // namespace postern::server
