// SPDX-License-Identifier: ISC
//
// server/message_intake.cpp - message text on its way from the session into the spool.

#include "server/message_intake.h"

#include <utility>

#include "base/log.h"
#include "spool/envelope_text.h"

namespace postern::server {

namespace {

// When the disk refuses, the operator reads the reason and the client is told to try again:
// local trouble is never the sender's fault.
mail::Reply spool_trouble(const std::string& id, const Error& error) {
  log::write(log::Level::error, "spool_error", {{"message", id}, {"error", error.message()}});
  return error.is_no_room() ? mail::reply::no_space() : mail::reply::local_failure();
}

mail::TextRules rules_for(const mail::Envelope& envelope, const IntakeRules& rules) {
  return {.header_octets = rules.header_octets,
          .header_line_octets = rules.header_line_octets,
          .hops = rules.hops,
          .allows_eight_bit_header = rules.allows_eight_bit_header,
          .smtputf8 = envelope.smtputf8,
          .is_binary = envelope.body == mail::Body::binary_mime};
}

}  // namespace

MessageIntake::MessageIntake(spool::MessageWriter writer, const mail::Envelope& envelope,
                             std::string received, std::string hostname,
                             std::chrono::system_clock::time_point now, const IntakeRules& rules)
    : writer_(std::move(writer)),
      id_(envelope.id),
      received_(std::move(received)),
      hostname_(std::move(hostname)),
      now_(now),
      completes_header_(rules.completes_header),
      is_binary_(envelope.body == mail::Body::binary_mime),
      inspector_(rules_for(envelope, rules)) {}

tl::expected<MessageIntake, mail::Reply> MessageIntake::begin(
    FileOps& files, const mail::Envelope& envelope, std::string received, std::string hostname,
    std::chrono::system_clock::time_point now, IntakeRules rules) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  auto writer = spool::MessageWriter::create(files, {seconds.count(), envelope.id, hostname},
                                             rules.most_in_memory);
  if (!writer) return tl::unexpected(spool_trouble(envelope.id, writer.error()));
  MessageIntake intake{std::move(*writer),  envelope, std::move(received),
                       std::move(hostname), now,      rules};
  const Outcome written = intake.check(intake.writer_.append(spool::format_envelope(envelope)));
  if (!written) return tl::unexpected(written.error());
  return intake;
}

MessageIntake::Outcome MessageIntake::append(std::string_view text) {
  octets_ += text.size();
  const bool was_in_body = inspector_.header().is_complete();
  if (auto refusal = inspector_.inspect(text)) return tl::unexpected(std::move(*refusal));
  if (!inspector_.header().is_complete()) {
    held_ += text;
    return {};
  }
  if (!was_in_body) {
    if (auto written = write_header(); !written) return written;
  }
  return write(text);
}

// Our fields, then what was held back of the client's.
MessageIntake::Outcome MessageIntake::write_header() {
  const mail::HeaderScanner& header = inspector_.header();
  std::string fields = std::move(received_);
  if (completes_header_ && !header.has_date()) fields += mail::date_field(now_);
  if (completes_header_ && !header.has_message_id()) {
    fields += mail::message_id_field(id_, hostname_);
  }
  if (header.is_headless()) fields += '\n';  // else the text would be read as header
  if (auto written = check(writer_.append(fields)); !written) return written;
  return write(std::exchange(held_, {}));
}

MessageIntake::Outcome MessageIntake::write(std::string_view text) {
  return check(is_binary_ ? writer_.append(text) : writer_.append_text(text));
}

tl::expected<spool::WrittenMessage, mail::Reply> MessageIntake::finish() && {
  if (!inspector_.header().is_complete()) {
    if (auto refusal = inspector_.finish()) return tl::unexpected(std::move(*refusal));
    if (auto written = write_header(); !written) return tl::unexpected(std::move(written.error()));
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
