// SPDX-License-Identifier: ISC
//
// control/spool_text.cpp - the messages of the spool as a list, for people and for programs.

#include "control/spool_text.h"

#include "base/json.h"
#include "base/text.h"
#include "control/status_text.h"
#include "control/table.h"
#include "spool/envelope_text.h"

namespace postern::control {

namespace {

// Most envelopes are far smaller; those of a thousand recipients are read in a second attempt.
constexpr std::size_t usual_envelope = std::size_t{16} * 1024;
constexpr std::size_t largest_envelope = std::size_t{4} << 20;

std::string sender_of(const ListedMessage& listed) {
  return listed.envelope ? cat("<", printable(listed.envelope->reverse_path.to_string()), ">")
                         : "?";
}

std::string recipients_of(const ListedMessage& listed) {
  if (!listed.envelope || listed.envelope->recipients.empty()) return "?";
  const auto& recipients = listed.envelope->recipients;
  const std::string first = cat("<", printable(recipients.front().address.to_string()), ">");
  return recipients.size() == 1 ? first : cat(first, " and ", recipients.size() - 1, " more");
}

std::string recipients_json(const mail::Envelope& envelope) {
  std::string text = "[";
  for (const mail::Recipient& recipient : envelope.recipients) {
    text += cat(text.size() > 1 ? "," : "", json_string(recipient.address.to_string()));
  }
  return text + "]";
}

std::string message_json(const ListedMessage& listed) {
  const SpooledMessage& message = listed.message;
  const auto& envelope = listed.envelope;
  return cat("{\"message\":", json_string(message.id), ",\"file\":", json_string(message.path),
             ",\"taken\":", message.is_taken ? "true" : "false", ",\"time\":", message.seconds,
             ",\"bytes\":", message.octets,
             ",\"from\":", envelope ? json_string(envelope->reverse_path.to_string()) : "null",
             ",\"login\":", envelope ? json_string(envelope->login) : "null",
             ",\"to\":", envelope ? recipients_json(*envelope) : "null", "}");
}

}  // namespace

std::optional<mail::Envelope> read_envelope(const SpoolView& spool, const SpooledMessage& message) {
  for (const std::size_t most : {usual_envelope, largest_envelope}) {
    const auto text = spool.read(message, most);
    if (!text) return std::nullopt;
    if (auto envelope = spool::parse_envelope(*text)) return std::move(*envelope);
    const bool is_one = text->starts_with("Return-Path: ");
    if (!is_one || text->size() < most) return std::nullopt;
  }
  return std::nullopt;
}

std::string plain_text(const std::vector<ListedMessage>& messages, std::size_t more,
                       std::int64_t now) {
  std::vector<std::vector<std::string>> rows{{"MESSAGE", "AGE", "SIZE", "TAKEN", "FROM", "TO"}};
  for (const ListedMessage& listed : messages) {
    const SpooledMessage& message = listed.message;
    rows.push_back({printable(message.id), duration_text(now - message.seconds),
                    octets_text(message.octets), message.is_taken ? "yes" : "no", sender_of(listed),
                    recipients_of(listed)});
  }
  return cat(table_text(rows), more > 0 ? cat("and ", more, " more\n") : "");
}

std::string json_text(const std::vector<ListedMessage>& messages, std::size_t more) {
  std::string text = "{\"messages\":[";
  bool is_first = true;
  for (const ListedMessage& listed : messages) {
    text += cat(is_first ? "" : ",", message_json(listed));
    is_first = false;
  }
  return cat(text, "],\"more\":", more, "}\n");
}

}  // namespace postern::control
