// SPDX-License-Identifier: ISC
//
// mail/dsn.cpp - the values of the parameters that ask for delivery status notifications.

#include "mail/dsn.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "mail/xtext.h"

namespace postern::mail {

namespace {

constexpr std::size_t max_envelope_id = 100;         // RFC 3461 4.4
constexpr std::size_t max_original_recipient = 500;  // RFC 3461 4.2

struct Occasion {
  std::string_view name;
  bool Notify::*wanted;
};
constexpr std::array occasions{Occasion{"SUCCESS", &Notify::success},
                               Occasion{"FAILURE", &Notify::failure},
                               Occasion{"DELAY", &Notify::delay}};

bool is_printable_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return is_control(c) || is_eight_bit(c); });
}

// RFC 5322 3.2.3 atom, without the "=" that no value of a parameter can have.
bool is_type_char(char c) {
  constexpr std::string_view specials = "!#$%&'*+-/?^_`{|}~";
  return is_alnum(c) || specials.find(c) != std::string_view::npos;
}

// RFC 6533 3 QCHAR.
bool is_qchar(char c) {
  return c > ' ' && c != '\\' && c != '+' && c != '=' && !is_control(c) && !is_eight_bit(c);
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto append = [&out](std::uint32_t octet) { out += static_cast<char>(octet); };
  const auto append_bits = [&](unsigned shift) { append(0x80 | ((code_point >> shift) & 0x3f)); };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | (code_point >> 6));
  } else if (code_point < 0x10000) {
    append(0xe0 | (code_point >> 12));
    append_bits(6);
  } else {
    append(0xf0 | (code_point >> 18));
    append_bits(12);
    append_bits(6);
  }
  if (code_point >= 0x80) append_bits(0);
}

// RFC 6533 3 HEXPOINT, but for control characters: of ASCII only what QCHAR leaves out.
bool may_be_escaped(std::uint32_t code_point) {
  if (code_point < 0x80) return code_point >= ' ' && !is_qchar(static_cast<char>(code_point));
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  return code_point <= 0x10ffff && !is_surrogate;
}

// Takes "\x{HEX}" off text, without leading zeros.
std::optional<std::uint32_t> take_escape(std::string_view& text) {
  constexpr std::string_view begin = "\\x{";
  constexpr std::size_t max_digits = 6;
  if (!text.starts_with(begin)) return std::nullopt;
  const std::size_t end = text.find('}');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(begin.size(), end - begin.size());
  if (digits.empty() || digits.size() > max_digits || digits[0] == '0') return std::nullopt;
  if (!std::all_of(digits.begin(), digits.end(), is_hex_digit)) return std::nullopt;
  std::uint32_t code_point = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), code_point, 16);
  if (!may_be_escaped(code_point)) return std::nullopt;
  text.remove_prefix(end + 1);
  return code_point;
}

// RFC 6533 3 utf-8-addr-xtext, or utf-8-addr-unitext.
std::optional<std::string> decode_unitext(std::string_view text, Charset charset) {
  std::string out;
  while (!text.empty()) {
    if (is_qchar(text[0]) || (charset == Charset::utf8 && is_eight_bit(text[0]))) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto code_point = take_escape(text);
    if (!code_point) return std::nullopt;
    append_utf8(out, *code_point);
  }
  if (!is_utf8(out) || has_unicode_control(out)) return std::nullopt;
  return out;
}

// Takes one character off text, which is UTF-8.
std::uint32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const unsigned length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t code_point = length == 1 ? first : first & (0xffU >> (length + 1));
  for (const char c : text.substr(1, length - 1)) {
    code_point = (code_point << 6) | (static_cast<unsigned char>(c) & 0x3f);
  }
  text.remove_prefix(std::min<std::size_t>(length, text.size()));
  return code_point;
}

void append_escape(std::string& out, std::uint32_t code_point) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), code_point, 16).ptr;
  out += "\\x{";
  std::transform(digits.data(), end, std::back_inserter(out),
                 [](char c) { return is_digit(c) ? c : static_cast<char>(c - 'a' + 'A'); });
  out += '}';
}

std::string encode_unitext(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text[0];
    const std::uint32_t code_point = take_code_point(text);
    if (is_qchar(c)) {
      out += c;
    } else {
      append_escape(out, code_point);
    }
  }
  return out;
}

std::optional<std::string> decode_address(std::string_view type, std::string_view text,
                                          Charset charset) {
  if (type == "utf-8") return decode_unitext(text, charset);
  auto address = decode_xtext(text);
  if (!address || !is_printable_ascii(*address)) return std::nullopt;
  return address;
}

}  // namespace

std::optional<Notify> parse_notify(std::string_view text) {
  Notify notify;
  if (iequals(text, "NEVER")) {
    notify.never = true;
    return notify;
  }
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    const auto known = std::find_if(occasions.begin(), occasions.end(),
                                    [&](const Occasion& o) { return iequals(o.name, name); });
    if (known == occasions.end() || notify.*known->wanted) return std::nullopt;
    notify.*known->wanted = true;
    if (comma == std::string_view::npos) return notify;
    text.remove_prefix(comma + 1);
  }
}

std::optional<Return> parse_return(std::string_view text) {
  if (iequals(text, "FULL")) return Return::full;
  if (iequals(text, "HDRS")) return Return::headers;
  return std::nullopt;
}

std::optional<std::string> parse_envelope_id(std::string_view text) {
  if (text.empty() || text.size() > max_envelope_id) return std::nullopt;
  auto id = decode_xtext(text);
  if (!id || !is_printable_ascii(*id)) return std::nullopt;
  return id;
}

std::optional<OriginalRecipient> parse_original_recipient(std::string_view text, Charset charset) {
  if (text.size() > max_original_recipient) return std::nullopt;
  const std::size_t semicolon = text.find(';');
  if (semicolon == std::string_view::npos) return std::nullopt;
  OriginalRecipient recipient{.type = lower(text.substr(0, semicolon)), .address = {}};
  const std::string& type = recipient.type;
  if (type.empty() || !std::all_of(type.begin(), type.end(), is_type_char)) return std::nullopt;
  auto address = decode_address(type, text.substr(semicolon + 1), charset);
  if (!address || address->empty()) return std::nullopt;
  recipient.address = std::move(*address);
  if (format_original_recipient(recipient).size() > max_original_recipient) return std::nullopt;
  return recipient;
}

std::string format_notify(const Notify& notify) {
  if (notify.never) return "NEVER";
  std::string out;
  for (const Occasion& occasion : occasions) {
    if (!(notify.*occasion.wanted)) continue;
    if (!out.empty()) out += ',';
    out += occasion.name;
  }
  return out;
}

std::string format_original_recipient(const OriginalRecipient& recipient) {
  const bool is_utf8_type = recipient.type == "utf-8";
  return cat(recipient.type, ";",
             is_utf8_type ? encode_unitext(recipient.address) : encode_xtext(recipient.address));
}

}  // namespace postern::mail
