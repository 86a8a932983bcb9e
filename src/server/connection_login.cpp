// SPDX-License-Identifier: ISC
//
// server/connection_login.cpp - STARTTLS, AUTH, XCLIENT and the DNS: who the session is with.
//
// Each command must be the last of what a client sends at once: what follows is for a session that
// the client cannot know yet.

#include <algorithm>
#include <chrono>

#include "mail/domain.h"
#include "server/connection.h"

namespace postern::server {

namespace reply = mail::reply;

// What is here already came before our reply, from the client or from somebody in between, who
// wants it taken for part of what comes after (CVE-2011-0411, RFC 2920 3.1).
bool Connection::refuse_input_behind(std::string_view verb) {
  if (stream_.input().empty()) return false;
  const mail::Reply refusal = reply::input_behind(verb);
  log_.refuse_input(refusal);
  session_.close(refusal);
  return true;
}

void Connection::on(const smtp::TlsRequested&) {
  if (refuse_input_behind("STARTTLS")) return;
  session_.answer(reply::ready_for_tls());
  send_replies();
  if (stream_.unsent() == 0) return start_handshake();
  stream_.pause_input();
  phase_ = Phase::before_tls;
}

// From now on all that is known of the client is what it says of itself; the session begins anew.
void Connection::on(const smtp::XclientRequested& request) {
  if (refuse_input_behind("XCLIENT")) return;
  const smtp::ClientFacts& facts = request.facts;
  if (facts.address.is_mentioned) {
    // Without a value nothing is known of the client, least of all what is known of the proxy.
    peer_ = facts.address.value
                ? PeerAddress::tcp(*facts.address.value, facts.port.value.value_or(0))
                : PeerAddress{};
    pass_ = {};  // this connection must not be in its own way
    auto pass = service_.admit(peer_);
    if (!pass) {
      log_over_limit(service_, peer_, pass.error());
      return session_.close(reply::too_many_from_client(service_.config().hostname));
    }
    pass_ = std::move(*pass);
    name_.clear();
    is_name_said_ = facts.name.is_mentioned;
  }
  session_.answer(session_.greeting());
  if (facts.login.is_mentioned || !session_.is_authenticated()) {
    login_.assume(facts.login.value.value_or(""));
  }
  show(Activity::waiting);
  log_.change_client();
  is_name_said_ |= facts.name.is_mentioned;
  if (facts.name.is_mentioned) {
    set_name(facts.name.value.value_or(""));
  } else if (facts.address.is_mentioned) {
    find_name();
  }
}

// Nobody waits for it: it is there when it is wanted, or it is not.
void Connection::find_name() {
  if (!peer_.ip() || service_.listener.dns == conf::ListenerDns::never) return;
  ClientNames& names = service_.worker.names;
  if (const auto known = names.known(*peer_.ip())) return set_name(*known);
  if (service_.listener.dns != conf::ListenerDns::always) return;
  names.look_up(*peer_.ip(), [&connections = service_.worker.connections, id = id_](
                                 const IpAddress& address, const std::string& name) {
    if (Connection* connection = connections.find(id)) connection->on_name(address, name);
  });
}

void Connection::on_name(const IpAddress& address, const std::string& name) {
  if (peer_.ip() == address && !is_name_said_ && phase_ != Phase::finished) set_name(name);
}

// What XCLIENT says of it may be no domain.
void Connection::set_name(const std::string& name) {
  name_ = mail::is_domain(name, mail::Charset::ascii) ? name : "";
  if (!name_.empty()) log_.name_client(name_);
}

void Connection::on(const smtp::AuthRequested& request) {
  if (!refuse_input_behind("AUTH")) answer_login(login_.on_request(request));
}

void Connection::on(const smtp::AuthResponded& response) {
  if (!refuse_input_behind("AUTH")) answer_login(login_.on_response(response));
}

void Connection::answer_login(const std::optional<mail::Reply>& reply) {
  if (reply) return session_.answer(*reply);
  show(Activity::login);
  const auto asked = std::chrono::steady_clock::now();
  const auto on_verdict = [&connections = service_.worker.connections, id = id_,
                           asked](AuthClient::Verdict verdict) {
    if (Connection* connection = connections.find(id)) connection->on_verdict(verdict, asked);
  };
  question_ = service_.worker.auth.verify(login_.credentials(), on_verdict);
}

void Connection::count_login(AuthClient::Verdict verdict,
                             std::chrono::steady_clock::duration passed) const {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
  service_.worker.observe(Histogram::verify_time, static_cast<std::uint64_t>(microseconds));
  switch (verdict) {
    case AuthClient::Verdict::valid: return service_.worker.count(Counter::logins_valid);
    case AuthClient::Verdict::invalid: return service_.worker.count(Counter::logins_invalid);
    case AuthClient::Verdict::unavailable:
      return service_.worker.count(Counter::logins_unavailable);
  }
}

// A wrong password is answered a fixed time after it was sent: that slows guessing down, and
// hides how long the check took.
void Connection::on_verdict(AuthClient::Verdict verdict,
                            std::chrono::steady_clock::time_point asked) {
  const std::string name = login_.credentials().name;
  const mail::Reply reply = login_.conclude(verdict);
  const auto passed = std::chrono::steady_clock::now() - asked;
  count_login(verdict, passed);
  show(Activity::waiting);
  if (verdict == AuthClient::Verdict::valid) {
    log_.log_in(name);
    return answer_verdict(reply);
  }
  log_.refuse_login(name, reply);
  const auto delay = service_.config().auth.failure_delay;
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(delay - passed);
  timer_ =
      std::make_unique<net::Timer>(service_.worker.loop, [this, reply] { answer_verdict(reply); });
  timer_->start(std::max(rest, std::chrono::milliseconds{0}));
}

void Connection::answer_verdict(const mail::Reply& reply) {
  if (phase_ != Phase::serving) return;
  if (refuse_input_behind("AUTH")) return advance();
  answer_now(reply);
}

}  // namespace postern::server
