// SPDX-License-Identifier: ISC
//
// spool/envelope_words.cpp - the words of Postern-Envelope and Postern-Recipient.
//
// A table says how each word is written and read.  Its functions that read need not be strict:
// a word is taken only if it is what would be written for the value that was read.

#include "spool/envelope_words.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cassert>
#include <cstdint>
#include <optional>

#include "base/text.h"
#include "mail/dsn.h"
#include "mail/xtext.h"

namespace postern::spool {

namespace {

// ---- Values that are names.

template <typename Value>
struct Name {
  Value value;
  std::string_view name;
};

using BodyName = Name<mail::Body>;
constexpr std::array body_names{BodyName{mail::Body::seven_bit, "7BIT"},
                                BodyName{mail::Body::eight_bit_mime, "8BITMIME"},
                                BodyName{mail::Body::binary_mime, "BINARYMIME"}};

using ReturnName = Name<mail::Return>;
constexpr std::array return_names{ReturnName{mail::Return::full, "FULL"},
                                  ReturnName{mail::Return::headers, "HDRS"}};

using ByModeName = Name<mail::ByMode>;
constexpr std::array by_mode_names{ByModeName{mail::ByMode::return_message, "R"},
                                   ByModeName{mail::ByMode::notify, "N"}};

template <typename Value, std::size_t count>
std::string name_of(const std::array<Name<Value>, count>& names, Value value) {
  const auto known = std::find_if(names.begin(), names.end(),
                                  [&](const Name<Value>& name) { return name.value == value; });
  return std::string(known->name);
}

template <typename Value, std::size_t count>
std::optional<Value> value_of(const std::array<Name<Value>, count>& names, std::string_view text) {
  const auto known = std::find_if(names.begin(), names.end(),
                                  [&](const Name<Value>& name) { return name.name == text; });
  return known == names.end() ? std::nullopt : std::optional{known->value};
}

// ---- One pair of functions for each form.  Written is xtext, or empty if the key stands alone;
// ---- nothing if the word is left out.  What is read is decoded, and empty if the key stood alone.

using Written = std::optional<std::string>;

template <auto member>
Written format_text(const mail::Envelope& envelope) {
  const std::string& text = envelope.*member;
  return text.empty() ? std::nullopt : Written{mail::encode_xtext(text)};
}

template <auto member>
void parse_text(const std::string& value, mail::Envelope& envelope) {
  envelope.*member = value;
}

template <auto member>
Written format_flag(const mail::Envelope& envelope) {
  return envelope.*member ? Written{""} : std::nullopt;
}

template <auto member>
void parse_flag(const std::string& /*value*/, mail::Envelope& envelope) {
  envelope.*member = true;
}

Written format_body(const mail::Envelope& envelope) {
  return name_of(body_names, envelope.body);
}

void parse_body(const std::string& value, mail::Envelope& envelope) {
  envelope.body = value_of(body_names, value).value_or(envelope.body);
}

Written format_return(const mail::Envelope& envelope) {
  return envelope.ret ? Written{name_of(return_names, *envelope.ret)} : std::nullopt;
}

void parse_return(const std::string& value, mail::Envelope& envelope) {
  envelope.ret = value_of(return_names, value);
}

Written format_hold_until(const mail::Envelope& envelope) {
  return envelope.hold_until ? Written{cat(*envelope.hold_until)} : std::nullopt;
}

void parse_hold_until(const std::string& value, mail::Envelope& envelope) {
  envelope.hold_until = parse_decimal<std::int64_t>(value);
}

// "<seconds>,R" or "<seconds>,N"; a "T" behind it asks for a trace.
Written format_deliver_by(const mail::Envelope& envelope) {
  if (!envelope.deliver_by) return std::nullopt;
  const mail::DeliverBy& by = *envelope.deliver_by;
  return cat(by.deadline, ",", name_of(by_mode_names, by.mode), by.trace ? "T" : "");
}

void parse_deliver_by(const std::string& value, mail::Envelope& envelope) {
  std::string_view rest = value;
  const bool has_trace = rest.ends_with('T');
  if (has_trace) rest.remove_suffix(1);
  const std::size_t comma = rest.find(',');
  if (comma == std::string_view::npos) return;
  const auto deadline = parse_decimal<std::int64_t>(rest.substr(0, comma));
  const auto mode = value_of(by_mode_names, rest.substr(comma + 1));
  if (deadline && mode) envelope.deliver_by = mail::DeliverBy{*deadline, *mode, has_trace};
}

Written format_priority(const mail::Envelope& envelope) {
  return envelope.priority ? Written{cat(*envelope.priority)} : std::nullopt;
}

void parse_priority(const std::string& value, mail::Envelope& envelope) {
  const auto priority = parse_decimal<int>(value);
  if (priority && *priority >= -9 && *priority <= 9) envelope.priority = priority;
}

Written format_notify(const mail::Recipient& recipient) {
  if (!recipient.notify) return std::nullopt;
  return mail::format_notify(*recipient.notify);
}

void parse_notify(const std::string& value, mail::Recipient& recipient) {
  recipient.notify = mail::parse_notify(value);
}

// RFC 5322 3.2.3 atom, in lower case.
bool is_type_char(char c) {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
  return (is_alnum(c) && ascii_lower(c) == c) || others.find(c) != std::string_view::npos;
}

bool is_address_type(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_type_char);
}

// The semicolon is not encoded: it ends no word behind an address, and no type has one.
Written format_original(const mail::Recipient& recipient) {
  if (!recipient.original) return std::nullopt;
  assert(is_address_type(recipient.original->type));
  return cat(mail::encode_xtext(recipient.original->type), ";",
             mail::encode_xtext(recipient.original->address));
}

void parse_original(const std::string& value, mail::Recipient& recipient) {
  const std::size_t semicolon = value.find(';');
  if (semicolon == std::string::npos) return;
  mail::OriginalRecipient original{.type = value.substr(0, semicolon),
                                   .address = value.substr(semicolon + 1)};
  if (!is_address_type(original.type) || original.address.empty()) return;
  if (is_utf8(original.address)) recipient.original = std::move(original);
}

// ---- The words, in the order in which they are written.

template <typename Owner>
struct KnownWord {
  std::string_view key;
  Written (*format)(const Owner& owner);
  void (*parse)(const std::string& value, Owner& owner);
  bool is_required = false;
};

using EnvelopeWord = KnownWord<mail::Envelope>;

template <auto member>
constexpr EnvelopeWord text_word(std::string_view key) {
  return {key, format_text<member>, parse_text<member>};
}

template <auto member>
constexpr EnvelopeWord flag_word(std::string_view key) {
  return {key, format_flag<member>, parse_flag<member>};
}

constexpr std::array envelope_words{
    text_word<&mail::Envelope::id>("id"),
    EnvelopeWord{"body", format_body, parse_body, true},
    flag_word<&mail::Envelope::smtputf8>("smtputf8"),
    flag_word<&mail::Envelope::require_tls>("require-tls"),
    EnvelopeWord{"ret", format_return, parse_return},
    text_word<&mail::Envelope::envelope_id>("envid"),
    EnvelopeWord{"hold-until", format_hold_until, parse_hold_until},
    EnvelopeWord{"deliver-by", format_deliver_by, parse_deliver_by},
    EnvelopeWord{"priority", format_priority, parse_priority},
    text_word<&mail::Envelope::submitter>("submitter"),
    text_word<&mail::Envelope::login>("auth"),
    text_word<&mail::Envelope::peer>("peer"),
    text_word<&mail::Envelope::with>("with"),
};

using RecipientWord = KnownWord<mail::Recipient>;

constexpr std::array recipient_words{
    RecipientWord{"notify", format_notify, parse_notify},
    RecipientWord{"orcpt", format_original, parse_original},
};

constexpr std::string_view envelope_separator = "; ";
constexpr std::string_view recipient_separator = " ";

// ---- Words of any kind.

// "key" or "key=value".
struct Word {
  std::string_view key;
  std::string value;  // decoded; empty if there is none
};

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

std::optional<Word> parse_word(std::string_view text) {
  const std::size_t equals = text.find('=');
  Word word{text.substr(0, equals), {}};
  if (word.key.empty() || !std::all_of(word.key.begin(), word.key.end(), is_key_char)) {
    return std::nullopt;
  }
  if (equals == std::string_view::npos) return word;
  auto value = mail::decode_xtext(text.substr(equals + 1));
  if (!value || value->empty()) return std::nullopt;
  word.value = std::move(*value);
  return word;
}

// Takes the separator and the word behind it off text.
std::optional<Word> take_word(std::string_view& text, std::string_view separator) {
  if (!text.starts_with(separator)) return std::nullopt;
  text.remove_prefix(separator.size());
  // Neither a key nor a value can hold the first character of its separator.
  const std::string_view word = text.substr(0, text.find(separator[0]));
  text.remove_prefix(word.size());
  return parse_word(word);
}

template <typename Owner, std::size_t count>
std::string format_known(const std::array<KnownWord<Owner>, count>& words, const Owner& owner,
                         std::string_view separator) {
  std::string text;
  for (const KnownWord<Owner>& known : words) {
    const Written value = known.format(owner);
    if (value) text += cat(separator, known.key, value->empty() ? "" : "=", *value);
  }
  return text;
}

// False if value is not what known would write.
template <typename Owner>
bool apply(const KnownWord<Owner>& known, const std::string& value, Owner& owner) {
  known.parse(value, owner);
  const Written written = known.format(owner);
  return written && mail::decode_xtext(*written) == value;
}

// count if no word has the key.
template <typename Owner, std::size_t count>
std::size_t index_of(const std::array<KnownWord<Owner>, count>& words, std::string_view key) {
  std::size_t index = 0;
  while (index < count && words[index].key != key) ++index;
  return index;
}

template <typename Owner, std::size_t count>
Result<void> parse_known(const std::array<KnownWord<Owner>, count>& words, std::string_view text,
                         std::string_view separator, Owner& owner) {
  std::bitset<count> seen;
  while (!text.empty()) {
    const auto word = take_word(text, separator);
    if (!word) return fail(Errc::syntax, "malformed word");
    const std::size_t index = index_of(words, word->key);
    if (index == count) continue;
    if (seen[index]) return fail(Errc::syntax, cat("second ", word->key));
    if (!apply(words[index], word->value, owner)) {
      return fail(Errc::syntax, cat("malformed ", word->key));
    }
    seen[index] = true;
  }
  for (std::size_t index = 0; index < count; ++index) {
    if (words[index].is_required && !seen[index]) {
      return fail(Errc::syntax, cat("no ", words[index].key));
    }
  }
  return {};
}

}  // namespace

std::string format_words(const mail::Envelope& envelope) {
  return format_known(envelope_words, envelope, envelope_separator);
}

std::string format_words(const mail::Recipient& recipient) {
  return format_known(recipient_words, recipient, recipient_separator);
}

Result<void> parse_words(std::string_view text, mail::Envelope& envelope) {
  return parse_known(envelope_words, text, envelope_separator, envelope);
}

Result<void> parse_words(std::string_view text, mail::Recipient& recipient) {
  return parse_known(recipient_words, text, recipient_separator, recipient);
}

}  // namespace postern::spool
