// SPDX-License-Identifier: ISC
//
// spool/envelope_text.cpp - the envelope as the first header fields of a spooled message.
//
// The parser takes one field after the other off the text; there is one function per field.  It
// knows exactly the form that format_envelope writes.  The words, to which a later version may add
// some, are in spool/envelope_words.cpp.

#include "spool/envelope_text.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "base/text.h"
#include "spool/envelope_words.h"

namespace postern::spool {

namespace {

constexpr std::string_view version = "1";

struct DeliveryMark {
  mail::Delivery delivery;
  char mark;
};
constexpr std::array delivery_marks{DeliveryMark{mail::Delivery::to_do, 'T'},
                                    DeliveryMark{mail::Delivery::delivered, 'D'},
                                    DeliveryMark{mail::Delivery::failed, 'F'}};

char mark_of(mail::Delivery delivery) {
  return std::find_if(delivery_marks.begin(), delivery_marks.end(),
                      [&](const DeliveryMark& known) { return known.delivery == delivery; })
      ->mark;
}

// A line end in an address would let a sender write envelope fields of his own.
std::string angle_address(const mail::Mailbox& mailbox) {
  const std::string address = mailbox.to_string();
  assert(std::none_of(address.begin(), address.end(), is_control));
  return cat("<", address, ">");
}

tl::unexpected<Error> broken(std::string_view what, std::string_view where) {
  return fail(Errc::syntax, cat("envelope: ", what, " in \"", printable(where, 80), "\""));
}

// Takes "name: body<LF>" off text and returns the body; nothing if text starts otherwise.
std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with(": ")) return std::nullopt;
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::size_t body = name.size() + 2;
  const std::string_view field_body = text.substr(body, end - body);
  text.remove_prefix(end + 1);
  return field_body;
}

Result<void> parse_return_path(std::string_view field, mail::Envelope& envelope) {
  std::string_view rest = field;
  auto path = mail::parse_reverse_path(rest, mail::Charset::utf8);
  if (!path || !rest.empty()) return broken("no address", cat("Return-Path: ", field));
  envelope.reverse_path = std::move(*path);
  return {};
}

Result<void> parse_facts(std::string_view field, mail::Envelope& envelope) {
  if (!field.starts_with(version)) return broken("unknown version", field);
  const auto parsed = parse_words(field.substr(version.size()), envelope);
  if (!parsed) return broken(parsed.error().what, cat("Postern-Envelope: ", field));
  return {};
}

Result<mail::Recipient> parse_recipient(std::string_view field) {
  const auto known = std::find_if(delivery_marks.begin(), delivery_marks.end(),
                                  [&](const DeliveryMark& d) { return field.starts_with(d.mark); });
  if (known == delivery_marks.end() || !field.substr(1).starts_with(' ')) {
    return broken("neither T, D nor F", cat("Postern-Recipient: ", field));
  }
  std::string_view rest = field.substr(2);
  auto address = mail::parse_forward_path(rest, mail::Charset::utf8);
  if (!address) return broken("no address", cat("Postern-Recipient: ", field));
  mail::Recipient recipient{.address = std::move(*address), .delivery = known->delivery};
  const auto parsed = parse_words(rest, recipient);
  if (!parsed) return broken(parsed.error().what, cat("Postern-Recipient: ", field));
  return recipient;
}

Result<void> parse_recipients(std::string_view& text, mail::Envelope& envelope) {
  while (const auto field = take_field(text, "Postern-Recipient")) {
    auto recipient = parse_recipient(*field);
    if (!recipient) return tl::unexpected(std::move(recipient.error()));
    envelope.recipients.push_back(std::move(*recipient));
  }
  if (envelope.recipients.empty()) return broken("no Postern-Recipient", text);
  return {};
}

}  // namespace

std::string format_envelope(const mail::Envelope& envelope) {
  std::string text = cat("Return-Path: ", angle_address(envelope.reverse_path), "\n");
  text += cat("Postern-Envelope: ", version, format_words(envelope), "\n");
  for (const mail::Recipient& recipient : envelope.recipients) {
    text += cat("Postern-Recipient: ", mark_of(recipient.delivery), " ",
                angle_address(recipient.address), format_words(recipient), "\n");
  }
  return text;
}

Result<mail::Envelope> parse_envelope(std::string_view text) {
  mail::Envelope envelope;
  const auto path = take_field(text, "Return-Path");
  if (!path) return broken("no Return-Path", text);
  if (auto parsed = parse_return_path(*path, envelope); !parsed) {
    return tl::unexpected(std::move(parsed.error()));
  }
  const auto facts = take_field(text, "Postern-Envelope");
  if (!facts) return broken("no Postern-Envelope", text);
  if (auto parsed = parse_facts(*facts, envelope); !parsed) {
    return tl::unexpected(std::move(parsed.error()));
  }
  if (auto parsed = parse_recipients(text, envelope); !parsed) {
    return tl::unexpected(std::move(parsed.error()));
  }
  if (!text.starts_with("Received:")) return broken("no Received", text);
  return envelope;
}

std::vector<std::size_t> mark_positions(std::string_view text) {
  constexpr std::string_view name = "Postern-Recipient: ";
  std::vector<std::size_t> positions;
  std::size_t line = 0;
  while (line < text.size() && !text.substr(line).starts_with("Received:")) {
    if (text.substr(line).starts_with(name)) positions.push_back(line + name.size());
    const std::size_t end = text.find('\n', line);
    if (end == std::string_view::npos) break;
    line = end + 1;
  }
  return positions;
}

bool is_delivery_mark(char c) {
  return std::any_of(delivery_marks.begin(), delivery_marks.end(),
                     [c](const DeliveryMark& known) { return known.mark == c; });
}

}  // namespace postern::spool
