// SPDX-License-Identifier: ISC
//
// server/connection_answers.cpp - what a session's events are answered with.

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/text.h"
#include "mail/trace.h"
#include "server/connection.h"
#include "spool/space.h"

namespace postern::server {

namespace reply = mail::reply;

namespace {

void log_commit(const mail::Envelope& facts, const std::string& session, std::uint64_t octets,
                const Result<void>& committed) {
  if (!committed) {
    log::write(log::Level::error, "message_failed",
               {{"message", facts.id},
                {"session", session},
                {"peer", facts.peer},
                {"error", committed.error().message()}});
    return;
  }
  log::write(log::Level::info, "message_accepted",
             {{"message", facts.id},
              {"session", session},
              {"peer", facts.peer},
              {"login", facts.login},
              {"from", facts.reverse_path.to_string()},
              {"recipients", facts.recipients.size()},
              {"size", octets}});
}

}  // namespace

void Connection::log_refusal(std::string_view event, const mail::Reply& reply) const {
  log::write(log::Level::info, event,
             {{"session", session_id_},
              {"peer", peer_.to_string()},
              {"login", login_.name()},
              {"reply", reply.line()}});
}

void Connection::on(const smtp::TlsRequested&) {
  // The client must wait for our 220.  What is here already came in the clear, from it or from
  // somebody in between, and would be taken for part of the protected session (CVE-2011-0411).
  if (!stream_.input().empty()) {
    log_refusal("starttls_refused", reply::input_behind_starttls());
    return session_.close(reply::input_behind_starttls());
  }
  stream_.pause_input();
  session_.answer(reply::ready_for_tls());
  send_replies();
  phase_ = Phase::before_tls;
}

void Connection::on(const smtp::AuthRequested& request) {
  answer_login(login_.on_request(request));
}

void Connection::on(const smtp::AuthResponded& response) {
  answer_login(login_.on_response(response));
}

void Connection::answer_login(const std::optional<mail::Reply>& reply) {
  if (reply) return session_.answer(*reply);
  const auto asked = std::chrono::steady_clock::now();
  const auto on_verdict = [&connections = service_.worker.connections, id = id_,
                           asked](AuthClient::Verdict verdict) {
    if (Connection* connection = connections.find(id)) connection->on_verdict(verdict, asked);
  };
  question_ = service_.worker.auth.verify(login_.credentials(), on_verdict);
}

// A wrong password is answered a fixed time after it was sent: that slows guessing down, and
// hides how long the check took.
void Connection::on_verdict(AuthClient::Verdict verdict,
                            std::chrono::steady_clock::time_point asked) {
  const std::string name = login_.credentials().name;
  const mail::Reply reply = login_.conclude(verdict);
  if (verdict == AuthClient::Verdict::valid) {
    log::write(log::Level::info, "login",
               {{"session", session_id_},
                {"peer", peer_.to_string()},
                {"login", name},
                {"mechanism", login_.mechanism()}});
    return answer_now(reply);
  }
  log::write(log::Level::warning, "login_failed",
             {{"session", session_id_},
              {"peer", peer_.to_string()},
              {"login", name},
              {"mechanism", login_.mechanism()},
              {"reply", reply.line()}});
  const auto delay = service_.config().auth.failure_delay;
  const auto passed = std::chrono::steady_clock::now() - asked;
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(delay - passed);
  timer_ = std::make_unique<net::Timer>(service_.worker.loop, [this, reply] { answer_now(reply); });
  timer_->start(std::max(rest, std::chrono::milliseconds{0}));
}

void Connection::answer_now(const mail::Reply& reply) {
  if (phase_ != Phase::serving) return;
  session_.answer(reply);
  advance();
}

void Connection::on(const smtp::MailRequested&) {
  mail::Reply verdict = service_.policy.on_mail(client());
  const conf::Config::Spool& limits = service_.config().spool;
  const auto space =
      spool::check_free_space(service_.worker.files, limits.min_free, limits.min_free_inodes);
  if (verdict.is_positive() && !space) {
    log::write(log::Level::alert, "spool_full", {{"error", space.error().message()}});
    verdict = reply::no_space();
  }
  if (!verdict.is_positive()) log_refusal("sender_refused", verdict);
  session_.answer(verdict);
}

void Connection::on(const smtp::RcptRequested& request) {
  const mail::Reply verdict = service_.policy.on_rcpt(client(), request.recipient);
  if (!verdict.is_positive()) {
    log::write(log::Level::info, "recipient_refused",
               {{"session", session_id_},
                {"peer", peer_.to_string()},
                {"login", login_.name()},
                {"from", session_.transaction().sender().reverse_path.to_string()},
                {"to", request.recipient.to_string()},
                {"reply", verdict.line()}});
  }
  session_.answer(verdict);
}

mail::Envelope Connection::envelope() const {
  mail::Envelope envelope;
  const smtp::Transaction& transaction = session_.transaction();
  envelope.reverse_path = transaction.sender().reverse_path;
  envelope.body = transaction.sender().body;
  envelope.smtputf8 = transaction.sender().smtputf8;
  for (const mail::Mailbox& recipient : transaction.recipients()) {
    envelope.recipients.push_back({recipient});
  }
  envelope.id = message_id_;
  envelope.login = login_.name();
  envelope.peer = peer_.to_string();
  envelope.with = session_.protocol();
  return envelope;
}

void Connection::on(const smtp::DataRequested&) {
  const conf::Config& config = service_.config();
  const auto now = std::chrono::system_clock::now();
  message_id_ = cat(session_id_, "-", ++messages_begun_);
  const mail::Envelope facts = envelope();
  const std::string tls = stream_.tls_description();
  std::string received =
      mail::received_field(facts, {session_.helo(), peer_, config.hostname, tls, now});
  auto intake =
      MessageIntake::begin(service_.worker.files, facts, std::move(received), config.hostname, now,
                           {.header_octets = config.limits.header_size,
                            .header_line_octets = 16384,
                            .hops = config.limits.hops,
                            .allows_eight_bit_header = false,
                            .completes_header = service_.policy.is_trusted(client())});
  if (!intake) return session_.answer(intake.error());
  intake_.emplace(std::move(*intake));
  session_.answer(reply::start_text());
}

void Connection::take_text(std::string_view text) {
  if (!intake_) return;
  const auto taken = intake_->append(text);
  if (taken) return;
  intake_.reset();
  log_refusal("message_refused", taken.error());
  session_.refuse_text(taken.error());
}

void Connection::on(const smtp::MessageAborted& aborted) {
  intake_.reset();
  log_refusal("message_refused", aborted.reply);
}

void Connection::on(const smtp::MessageEnded&) {
  const std::uint64_t octets = intake_->octets();
  auto written = std::move(*intake_).finish();
  intake_.reset();
  if (!written) {
    log_refusal("message_refused", written.error());
    return session_.answer(written.error());
  }
  // The message may outlive the connection, so the log line belongs to the commit.
  service_.worker.committer.submit(
      std::move(*written),
      [&connections = service_.worker.connections, id = id_, octets, facts = envelope(),
       session = session_id_](const Result<void>& committed) {
        log_commit(facts, session, octets, committed);
        if (Connection* connection = connections.find(id)) connection->on_committed(committed);
      });
}

void Connection::on_committed(const Result<void>& committed) {
  if (committed) ++messages_accepted_;
  answer_now(committed ? reply::queued(message_id_) : reply::local_failure());
}

}  // namespace postern::server
