// SPDX-License-Identifier: ISC
//
// spool/envelope_text.cpp - the envelope as the first header fields of a spooled message.
//
// The parser takes one field after the other off the text; there is one function per field.  It
// knows exactly the form that format_envelope writes, and skips words that a later version may
// add behind the address of a recipient or to Postern-Envelope.

#include "spool/envelope_text.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mail/xtext.h"

namespace postern::spool {

namespace {

constexpr std::string_view version = "1";

struct BodyName {
  mail::Body body;
  std::string_view name;
};
constexpr std::array body_names{BodyName{mail::Body::seven_bit, "7BIT"},
                                BodyName{mail::Body::eight_bit_mime, "8BITMIME"},
                                BodyName{mail::Body::binary_mime, "BINARYMIME"}};

struct DeliveryMark {
  mail::Delivery delivery;
  char mark;
};
constexpr std::array delivery_marks{DeliveryMark{mail::Delivery::to_do, 'T'},
                                    DeliveryMark{mail::Delivery::delivered, 'D'},
                                    DeliveryMark{mail::Delivery::failed, 'F'}};

std::string_view name_of(mail::Body body) {
  return std::find_if(body_names.begin(), body_names.end(),
                      [&](const BodyName& known) { return known.body == body; })
      ->name;
}

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

std::string format_word(std::string_view key, std::string_view value) {
  return value.empty() ? "" : cat("; ", key, "=", mail::encode_xtext(value));
}

// "key" or "key=value".
struct Word {
  std::string_view key;
  std::optional<std::string> value;  // decoded
};

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

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

std::optional<Word> parse_word(std::string_view text) {
  const std::size_t equals = text.find('=');
  Word word{text.substr(0, equals), std::nullopt};
  if (word.key.empty() || !std::all_of(word.key.begin(), word.key.end(), is_key_char)) {
    return std::nullopt;
  }
  if (equals == std::string_view::npos) return word;
  word.value = mail::decode_xtext(text.substr(equals + 1));
  if (!word.value || word.value->empty()) return std::nullopt;
  return word;
}

// Takes the separator and the word behind it off text.
std::optional<Word> take_word(std::string_view& text, std::string_view separator) {
  if (!text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(separator.size());
  // Neither a key nor a value can hold the first character of a separator.
  const std::string_view word = text.substr(0, text.find(separator[0]));
  text.remove_prefix(word.size());
  return parse_word(word);
}

bool set_body(const Word& word, std::optional<mail::Body>& body) {
  if (body || !word.value) return false;
  for (const BodyName& known : body_names) {
    if (known.name == *word.value) body = known.body;
  }
  return body.has_value();
}

bool set_text(const Word& word, std::string& value) {
  if (!value.empty() || !word.value) return false;
  value = *word.value;
  return true;
}

bool set_flag(const Word& word, bool& flag) {
  if (flag || word.value) return false;
  flag = true;
  return true;
}

// Puts one word of Postern-Envelope where it belongs.  False if the word is repeated, has a
// value it must not have, or lacks one.
bool apply(const Word& word, mail::Envelope& envelope, std::optional<mail::Body>& body) {
  if (word.key == "body") return set_body(word, body);
  if (word.key == "smtputf8") return set_flag(word, envelope.smtputf8);
  if (word.key == "id") return set_text(word, envelope.id);
  if (word.key == "auth") return set_text(word, envelope.login);
  if (word.key == "peer") return set_text(word, envelope.peer);
  if (word.key == "with") return set_text(word, envelope.with);
  return true;
}

Result<void> parse_return_path(std::string_view field, mail::Envelope& envelope) {
  std::string_view rest = field;
  auto path = mail::parse_reverse_path(rest, mail::Charset::utf8);
  if (!path || !rest.empty()) return broken("no address", cat("Return-Path: ", field));
  envelope.reverse_path = std::move(*path);
  return {};
}

Result<void> parse_facts(std::string_view field, mail::Envelope& envelope) {
  std::string_view rest = field;
  if (!rest.starts_with(version)) return broken("unknown version", field);
  rest.remove_prefix(version.size());
  std::optional<mail::Body> body;
  while (!rest.empty()) {
    const auto word = take_word(rest, "; ");
    if (!word || !apply(*word, envelope, body)) return broken("malformed Postern-Envelope", field);
  }
  if (!body) return broken("no body", field);
  envelope.body = *body;
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
  while (!rest.empty()) {
    if (!take_word(rest, " ")) return broken("malformed word behind the address", field);
  }
  return mail::Recipient{std::move(*address), known->delivery};
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
  text += cat("Postern-Envelope: ", version, format_word("id", envelope.id));
  text += format_word("body", name_of(envelope.body));
  if (envelope.smtputf8) text += "; smtputf8";
  text += format_word("auth", envelope.login);
  text += format_word("peer", envelope.peer);
  text += cat(format_word("with", envelope.with), "\n");
  for (const mail::Recipient& recipient : envelope.recipients) {
    text += cat("Postern-Recipient: ", mark_of(recipient.delivery), " ",
                angle_address(recipient.address), "\n");
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

}  // namespace postern::spool
