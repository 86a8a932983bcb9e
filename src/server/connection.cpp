// SPDX-License-Identifier: ISC
//
// server/connection.cpp - octets between stream and session, from the greeting to the last.
//
// What comes before is in connection_opening.cpp.  The answers to the session's events are in
// connection_login.cpp and connection_message.cpp.

#include "server/connection.h"

#include <chrono>

namespace postern::server {

namespace reply = mail::reply;

namespace {

// While so much waits to be sent, the session gets no more input: a client that does not read
// its replies waits for itself.
constexpr std::size_t max_unsent = std::size_t{16} * 1024;

// So many commands and pieces of text are dealt with in a row, then the others have their turn.
constexpr std::size_t max_steps = 32;

// Closing while the client still sends would make its system throw our last reply away.  Many
// clients look for a reply only when the whole message is out, so that much is taken, and dropped.
constexpr std::chrono::seconds linger_time{10};

smtp::Situation initial_situation(const ListenerService& service, const PeerAddress& peer) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const bool is_implicit = service.listener.tls == conf::ListenerTls::implicit;
  return {.settings = service.settings,
          .security = is_implicit ? smtp::Security::tls : smtp::Security::clear,
          .may_xclient = service.listener.xclient_from.contains(peer),
          .begun = std::chrono::duration_cast<std::chrono::seconds>(now).count()};
}

}  // namespace

Connection::Connection(ConnectionId id, ListenerService& service, UniqueFd fd,
                       const PeerAddress& peer, const std::optional<PeerAddress>& proxy)
    : id_(id),
      service_(service),
      peer_(peer),
      proxy_(proxy),
      session_id_(service.worker.ids.next(std::chrono::system_clock::now())),
      stream_(service.worker.loop, std::move(fd), *this),
      session_(initial_situation(service, peer), session_id_),
      log_({session_id_, peer_, session_, login_}, service.worker.traced,
           service.config().limits.errors),
      deadlines_(service.worker.loop, [this](Wait wait) { on_deadline(wait); }) {
  session_.keep(log_);
}

// Lets the session work as long as it can: until it wants input that is not there, is owed an
// answer that comes later, or the client does not take its replies.
void Connection::advance() {
  std::size_t steps = 0;
  while (phase_ == Phase::serving && !session_.owes_answer() && stream_.unsent() < max_unsent) {
    if (!step()) break;
    if (++steps == max_steps) {
      stream_.call_again();
      break;
    }
  }
  if (phase_ != Phase::serving) return;
  send_replies();
  show_if_idle();
  apply_timeouts();
  const bool has_nothing_to_do =
      !session_.owes_answer() && stream_.input().empty() && !session_.has_work();
  if (session_.is_closed() || (peer_has_closed_ && has_nothing_to_do)) return begin_closing();
  if (draining_ && session_.is_idle() && !session_.owes_answer()) shut_down();
}

// Whether another step may bring something.
bool Connection::step() {
  std::string_view input = stream_.input();
  const std::size_t offered = input.size();
  const smtp::Event event = session_.step(input);
  // Its octets are in the stream's buffer, so they come before the buffer moves on.
  if (const auto* text = std::get_if<smtp::Text>(&event)) take_text(text->octets);
  stream_.consume(offered - input.size());
  std::visit([this](const auto& happened) { on(happened); }, event);
  return !std::holds_alternative<smtp::NeedInput>(event) || !stream_.input().empty();
}

// Something to say means that a command has come to its end: the next one has its time.
void Connection::send_replies() {
  const std::string replies = session_.take_replies();
  if (replies.empty()) return;
  service_.worker.scoreboard.statistics(service_.worker.row).count_replies(replies);
  if (session_.is_closed()) {
    stream_.send_last(replies);
  } else {
    stream_.send(replies);
  }
  const conf::Config::Timeouts& timeouts = service_.config().timeouts;
  if (stream_.unsent() > 0) deadlines_.start_if_stopped(Wait::replies, timeouts.write);
  deadlines_.start(Wait::command, timeouts.command);
}

void Connection::apply_timeouts() {
  const conf::Config::Timeouts& timeouts = service_.config().timeouts;
  if (session_.is_in_text()) {
    deadlines_.start_if_stopped(Wait::message, timeouts.message);
  } else {
    deadlines_.stop(Wait::message);
  }
  const bool has_text_timeout = !session_.is_awaiting_command();
  if (has_text_timeout == has_text_timeout_) return;
  has_text_timeout_ = has_text_timeout;
  stream_.set_read_timeout(has_text_timeout ? timeouts.data : conf::Seconds{0});
}

// Whoever waits for us, for a password to be checked or a message to be synced, is given time.
void Connection::on_deadline(Wait wait) {
  if (wait == Wait::replies && phase_ != Phase::finished) return finish("client does not read");
  if (phase_ != Phase::serving) return;
  if (session_.owes_answer() || (wait == Wait::command && !session_.is_awaiting_command())) return;
  time_out();
}

void Connection::time_out() {
  service_.worker.count(Counter::sessions_timed_out);
  session_.close(reply::timed_out(service_.config().hostname));
  begin_closing();
}

void Connection::on_input() {
  switch (phase_) {
    case Phase::before_greeting: return on_early_input();
    case Phase::serving: return advance();
    case Phase::lingering: return drop_input();
    case Phase::before_tls:
    case Phase::handshake:
    case Phase::closing:
    case Phase::finished: return;
  }
}

void Connection::drop_input() {
  for (std::string_view input = stream_.input(); !input.empty(); input = stream_.input()) {
    lingered_octets_ += input.size();
    stream_.consume(input.size());
  }
  if (lingered_octets_ > service_.config().limits.message_size) finish(reason_);
}

void Connection::on_sent() {
  deadlines_.stop(Wait::replies);
  switch (phase_) {
    case Phase::before_greeting: return;
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
  if (phase_ == Phase::closing && end == End::closed_by_peer && stream_.unsent() > 0) {
    peer_has_closed_ = true;  // of its own direction, perhaps; the last replies are on their way
    return;
  }
  if (phase_ == Phase::lingering || phase_ == Phase::closing) return finish(reason_);
  switch (end) {
    case End::closed_by_peer:
      // What it sent before is still answered: it may have closed one direction only.
      peer_has_closed_ = true;
      return phase_ == Phase::serving ? advance() : finish("closed by peer");
    case End::read_timeout:
      if (session_.owes_answer()) return stream_.resume_input();  // it waits for us
      return time_out();
    case End::handshake_failed:
      service_.worker.count(Counter::tls_failed);
      log_.fail_tls(detail);
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
  if (phase_ != Phase::serving && phase_ != Phase::before_greeting) return finish(reason_);
  const mail::Reply farewell = reply::shutting_down(service_.config().hostname);
  if (submitted_) {
    ends_with_answer_ = !withdraw_message();  // its message may be safe already
    if (ends_with_answer_) return;
    refuse_message(farewell);
  }
  phase_ = Phase::serving;
  session_.close(farewell);
  begin_closing();
}

bool Connection::said_goodbye() const {
  return session_.farewell().code == 221;
}

void Connection::begin_closing() {
  if (phase_ != Phase::serving) return;
  phase_ = Phase::closing;
  if (timer_) timer_->stop();  // no greeting, and no verdict, comes any more
  intake_.reset();             // what was not ended with a dot leaves nothing
  if (!session_.is_closed()) reason_ = "closed by peer";
  if (session_.is_closed() && !said_goodbye()) reason_ = session_.farewell().line();
  do {
    send_replies();
  } while (session_.is_closed() && session_.has_work());
  if (stream_.unsent() == 0) after_last_reply();
}

void Connection::after_last_reply() {
  stream_.shut_down_sending();
  if (said_goodbye() || peer_has_closed_) return finish(reason_);
  phase_ = Phase::lingering;
  stream_.resume_input();
  // Of all of it, however the client trickles.
  timer_ = std::make_unique<net::Timer>(service_.worker.loop, [this] { finish(reason_); });
  timer_->start(linger_time);
  drop_input();
}

void Connection::show_if_idle() {
  const bool is_idle = session_.is_idle() && !session_.owes_answer();
  if (is_idle && shown_ != Activity::waiting) show(Activity::waiting);
}

void Connection::show(Activity activity) {
  shown_ = activity;
  if (!entry_) return;
  const auto begun =
      std::chrono::duration_cast<std::chrono::seconds>(begun_.time_since_epoch()).count();
  entry_->write({.id = session_id_,
                 .peer = peer_.to_string(),
                 .listener = service_.listener.name,
                 .login = login_.name(),
                 .activity = activity,
                 .has_tls = stream_.has_tls(),
                 .begun = begun,
                 .messages = messages_accepted_,
                 .row = service_.worker.row});
}

void Connection::finish(std::string_view reason) {
  if (phase_ == Phase::finished) return;
  phase_ = Phase::finished;
  intake_.reset();
  // The client does not know that the message was whole, and will send it again.
  if (withdraw_message()) log_.drop_message(message_id_);
  service_.worker.auth.cancel(question_);
  if (timer_) timer_->stop();  // it may be the timer that calls, so it must not go here
  deadlines_.stop_all();
  entry_.reset();
  service_.worker.count(Counter::sessions_ended);
  log_.end(messages_accepted_, reason);
  service_.worker.connections.finished(id_);
}

}  // namespace postern::server
