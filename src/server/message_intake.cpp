// SPDX-License-Identifier: ISC
//
// server/message_intake.cpp - message text on its way from the session into the spool.

#include "server/message_intake.h"

#include <cerrno>

#include "base/log.h"
#include "spool/envelope_text.h"

namespace postern::server {

namespace {

// When the disk refuses, the operator reads the reason and the client is told to try again:
// local trouble is never the sender's fault.
mail::Reply spool_trouble(const std::string& id, const Error& error) {
  log::write(log::Level::error, "spool_error", {{"message", id}, {"error", error.message()}});
  return mail::reply::local_failure();
}

}  // namespace

MessageIntake::MessageIntake(spool::MessageWriter writer, std::string id, std::string received,
                             std::string hostname, std::chrono::system_clock::time_point now,
                             IntakeRules rules)
    : writer_(std::move(writer)),
      id_(std::move(id)),
      received_(std::move(received)),
      hostname_(std::move(hostname)),
      now_(now),
      rules_(rules) {}

tl::expected<MessageIntake, mail::Reply> MessageIntake::begin(
    FileOps& files, const mail::Envelope& envelope, std::string received, std::string hostname,
    std::chrono::system_clock::time_point now, IntakeRules rules) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  auto writer = spool::MessageWriter::create(files, {seconds.count(), envelope.id, hostname});
  if (!writer) {
    const mail::Reply reply = spool_trouble(envelope.id, writer.error());
    const bool is_full = writer.error().sys_errno == ENOSPC || writer.error().sys_errno == EDQUOT;
    return tl::unexpected(is_full ? mail::reply::no_space() : reply);
  }
  MessageIntake intake{std::move(*writer),  envelope.id, std::move(received),
                       std::move(hostname), now,         rules};
  const Outcome written = intake.check(intake.writer_.append(spool::format_envelope(envelope)));
  if (!written) return tl::unexpected(written.error());
  return intake;
}

MessageIntake::Outcome MessageIntake::append(std::string_view text) {
  octets_ += text.size();
  if (!holding_) return check(writer_.append_text(text));
  scanner_.scan(text);
  held_ += text;
  if (scanner_.received_fields() > rules_.hops) {
    return tl::unexpected(mail::reply::too_many_hops());
  }
  if (scanner_.octets() > rules_.header_octets) {
    return tl::unexpected(mail::reply::header_too_big());
  }
  return scanner_.is_complete() ? write_held() : Outcome{};
}

// Our fields, then what was held back of the client's.
MessageIntake::Outcome MessageIntake::write_held() {
  std::string fields = std::move(received_);
  if (rules_.completes_header && !scanner_.has_date()) fields += mail::date_field(now_);
  if (rules_.completes_header && !scanner_.has_message_id()) {
    fields += mail::message_id_field(id_, hostname_);
  }
  if (scanner_.is_headless()) fields += '\n';  // else the text would be read as header
  holding_ = false;
  const std::string held = std::exchange(held_, {});
  auto written = writer_.append(fields);
  if (written) written = writer_.append_text(held);
  return check(written);
}

tl::expected<spool::WrittenMessage, mail::Reply> MessageIntake::finish() && {
  if (holding_) {
    if (const Outcome written = write_held(); !written) return tl::unexpected(written.error());
  }
  auto message = std::move(writer_).finish();
  if (!message) return tl::unexpected(spool_trouble(id_, message.error()));
  return std::move(*message);
}

MessageIntake::Outcome MessageIntake::check(const Result<void>& result) const {
  if (!result) return tl::unexpected(spool_trouble(id_, result.error()));
  return {};
}

}  // namespace postern::server
