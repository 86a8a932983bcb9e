// SPDX-License-Identifier: ISC
//
// server/connection_message.cpp - one message: from MAIL to the reply that it is in the spool.

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/text.h"
#include "mail/trace.h"
#include "server/connection.h"
#include "server/message_facts.h"
#include "spool/space.h"

namespace postern::server {

namespace reply = mail::reply;

namespace {

void count_commit(const WorkerServices& worker, std::size_t recipients, std::uint64_t octets,
                  std::chrono::steady_clock::time_point ended, bool is_committed) {
  if (!is_committed) return worker.count(Counter::messages_failed);
  const auto passed = std::chrono::steady_clock::now() - ended;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
  worker.count(Counter::messages_accepted);
  worker.count(Counter::message_octets, octets);
  worker.count(Counter::recipients_accepted, recipients);
  worker.observe(Histogram::message_size, octets);
  worker.observe(Histogram::commit_time, static_cast<std::uint64_t>(microseconds));
}

}  // namespace

void Connection::on(const smtp::MailRequested& request) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  mail_begun_ = std::chrono::steady_clock::now();
  mail_time_ = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  const mail::Reply verdict = verdict_on_sender(request.sender);
  if (verdict.is_positive()) {
    show(Activity::transaction);
  } else {
    service_.worker.count(Counter::senders_refused);
  }
  session_.answer(verdict);
}

mail::Reply Connection::verdict_on_sender(const smtp::Sender& sender) {
  mail::Reply verdict = service_.policy.on_mail(client(), sender.priority);
  if (!verdict.is_positive()) return verdict;
  // RFC 4865 2: only who submits may have a message held.
  const bool is_held = sender.hold_for || sender.hold_until;
  if (is_held && !service_.policy.is_trusted(client())) return reply::authentication_required();
  const conf::Config::Spool& limits = service_.config().spool;
  const auto wanted = limits.min_free + sender.declared_octets.value_or(0);  // RFC 1870 6.1
  const auto space = spool::check_free_space(service_.worker.files, wanted, limits.min_free_inodes);
  if (!space) {
    log::write(log::Level::alert, "spool_full", {{"error", space.error().message()}});
    return reply::no_space();
  }
  const bool may_send = service_.worker.admission.may_send(pass_, std::chrono::steady_clock::now());
  return may_send ? verdict : reply::too_many_messages_of_client();
}

void Connection::on(const smtp::RcptRequested& request) {
  const mail::Reply verdict = service_.policy.on_rcpt(client(), request.recipient.address);
  if (!verdict.is_positive()) service_.worker.count(Counter::recipients_refused);
  session_.answer(verdict);
}

mail::Envelope Connection::envelope() const {
  const smtp::Sender& sender = session_.transaction().sender();
  const bool is_trusted = service_.policy.is_trusted(client());
  mail::Envelope envelope;
  envelope.reverse_path = sender.reverse_path;
  envelope.recipients = session_.transaction().recipients();
  envelope.body = sender.body;
  envelope.smtputf8 = sender.smtputf8;
  envelope.require_tls = sender.require_tls;
  envelope.ret = sender.ret;
  envelope.envelope_id = sender.envelope_id;
  envelope.hold_until = sender.hold_until;
  if (sender.hold_for) envelope.hold_until = mail_time_ + *sender.hold_for;
  if (sender.by) {
    envelope.deliver_by = {mail_time_ + sender.by->seconds, sender.by->mode, sender.by->trace};
  }
  envelope.priority = service_.policy.priority(client(), sender.priority);
  if (is_trusted) envelope.submitter = sender.submitter;
  envelope.id = message_id_;
  envelope.login = login_.name();
  if (peer_.is_known()) envelope.peer = peer_.to_string();
  envelope.with = session_.protocol();
  return envelope;
}

void Connection::on(const smtp::DataRequested&) {
  const conf::Config& config = service_.config();
  const auto now = std::chrono::system_clock::now();
  message_id_ = cat(session_id_, "-", ++messages_begun_);
  deadlines_.stop(Wait::message);  // of the message before, if all came in one piece
  const mail::Envelope facts = envelope();
  const std::string tls = stream_.tls_description();
  std::string received =
      mail::received_field(facts, {session_.helo(), peer_, config.hostname, tls, now, name_});
  const bool allows_eight_bit = service_.listener.eight_bit_header == conf::EightBitHeader::accept;
  auto intake =
      MessageIntake::begin(service_.worker.files, facts, std::move(received), config.hostname, now,
                           {.header_octets = config.limits.header_size,
                            .header_line_octets = config.limits.header_line,
                            .hops = config.limits.hops,
                            .allows_eight_bit_header = allows_eight_bit,
                            .completes_header = service_.policy.is_trusted(client()),
                            .most_in_memory = service_.worker.committer.most_in_memory()});
  if (!intake) return session_.answer(intake.error());
  intake_ = std::make_unique<MessageIntake>(std::move(*intake));
  show(Activity::text);
  session_.answer(reply::start_text());
}

void Connection::take_text(std::string_view text) {
  log_.take_text(text);
  if (!intake_) return;
  const auto taken = intake_->append(text);
  if (taken) return;
  refuse_message(taken.error());
  session_.refuse_text(taken.error());
}

void Connection::on(const smtp::MessageAborted& aborted) {
  refuse_message(aborted.reply);
}

void Connection::refuse_message(const mail::Reply& refusal) {
  intake_.reset();
  service_.worker.count(Counter::messages_refused);
  show(Activity::waiting);
  log_.refuse_message(message_id_, refusal);
}

void Connection::on(const smtp::MessageEnded&) {
  const std::uint64_t octets = intake_->octets();
  auto written = std::move(*intake_).finish();
  if (!written) {
    refuse_message(written.error());
    return session_.answer(written.error());
  }
  intake_.reset();
  show(Activity::commit);
  // The message may outlive the connection, so the log line belongs to the commit.
  MessageFacts facts{envelope(),      session_id_, login_.mechanism(),
                     session_.helo(), octets,      mail_begun_};
  submitted_ = service_.worker.committer.submit(
      std::move(*written),
      [&worker = service_.worker, id = id_, facts = std::move(facts),
       ended = std::chrono::steady_clock::now()](const Result<void>& committed) {
        facts.log(committed);
        count_commit(worker, facts.envelope.recipients.size(), facts.octets, ended,
                     committed.has_value());
        if (Connection* connection = worker.connections.find(id)) {
          connection->on_committed(committed);
        }
      });
}

// False: there is none, or it is being committed, and may be safe before anybody can say so.
bool Connection::withdraw_message() {
  if (!submitted_ || !service_.worker.committer.withdraw(*submitted_)) return false;
  submitted_.reset();
  return true;
}

void Connection::on_committed(const Result<void>& committed) {
  submitted_.reset();
  if (committed) ++messages_accepted_;
  const mail::Reply answer = committed                        ? reply::queued(message_id_)
                             : committed.error().is_no_room() ? reply::no_space()
                                                              : reply::local_failure();
  if (!committed) log_.expect(answer);
  show(Activity::waiting);
  answer_now(answer);
}

void Connection::answer_now(const mail::Reply& reply) {
  if (phase_ != Phase::serving) return;
  session_.answer(reply);
  if (ends_with_answer_) return shut_down();
  advance();
}

}  // namespace postern::server
