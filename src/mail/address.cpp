// SPDX-License-Identifier: ISC
//
// mail/address.cpp - the address grammar of RFC 5321 4.1.2, with RFC 6531 3.3 on request.
//
// One cursor walks over the text; each rule of the grammar is one function that takes its part
// off the cursor, or fails.

#include "mail/address.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace postern::mail {

namespace {

constexpr std::size_t max_local_part = 64;  // RFC 5321 4.5.3.1.1
constexpr std::size_t max_path = 256;       // RFC 5321 4.5.3.1.3, with the angle brackets

class Cursor {
 public:
  Cursor(std::string_view text, Charset charset) : text_(text), charset_(charset) {}

  bool at_end() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  std::string_view rest() const { return text_; }
  void skip(std::size_t octets) { text_.remove_prefix(octets); }

  bool take(char expected) {
    if (peek() != expected || at_end()) return false;
    skip(1);
    return true;
  }

  // The longest run of characters that belongs to a class; octets of UTF-8 belong to each.
  template <typename Predicate>
  std::string_view take_while(Predicate belongs) {
    const auto end = std::find_if_not(text_.begin(), text_.end(), [&](char c) {
      return belongs(c) || (charset_ == Charset::utf8 && is_eight_bit(c));
    });
    const auto run = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
    skip(run.size());
    return run;
  }

 private:
  std::string_view text_;
  Charset charset_;
};

// RFC 5322 3.2.3.
bool is_atext(char c) {
  constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~";
  return is_alnum(c) || specials.find(c) != std::string_view::npos;
}

tl::unexpected<Error> malformed() {
  return fail(Errc::syntax, "malformed address");
}

std::optional<std::string> take_dot_string(Cursor& cursor) {
  std::string out;
  do {
    const std::string_view atom = cursor.take_while(is_atext);
    if (atom.empty()) return std::nullopt;
    if (!out.empty()) out += '.';
    out += atom;
  } while (cursor.take('.'));
  return out;
}

// What stands between the quotes, quoting removed.
std::optional<std::string> take_quoted_string(Cursor& cursor) {
  const auto is_qtext = [](char c) {
    return c != '"' && c != '\\' && !is_control(c) && !is_eight_bit(c);
  };
  if (!cursor.take('"')) return std::nullopt;
  std::string out;
  while (!cursor.take('"')) {
    out += cursor.take_while(is_qtext);
    if (cursor.at_end()) return std::nullopt;
    if (!cursor.take('\\')) {
      if (cursor.peek() == '"') continue;
      return std::nullopt;
    }
    const char quoted = cursor.peek();
    if (cursor.at_end() || is_control(quoted) || is_eight_bit(quoted)) return std::nullopt;
    out += quoted;
    cursor.skip(1);
  }
  return out;
}

Result<std::string> take_address_literal(Cursor& cursor) {
  const std::string_view rest = cursor.rest();
  const std::size_t end = rest.find(']');
  if (end == std::string_view::npos) return malformed();
  cursor.skip(end + 1);
  return canonical_address_literal(rest.substr(0, end + 1));
}

Result<std::string> take_domain(Cursor& cursor) {
  if (cursor.peek() == '[') return take_address_literal(cursor);
  return canonical_domain(
      cursor.take_while([](char c) { return is_alnum(c) || c == '-' || c == '.'; }));
}

std::optional<std::string> take_local_part(Cursor& cursor) {
  return cursor.peek() == '"' ? take_quoted_string(cursor) : take_dot_string(cursor);
}

// "@one,@two:" in front of a mailbox (RFC 5321 4.1.2 A-d-l); true also if there is none.  It gives
// up where a path must have ended: checking internationalised domains costs time.
bool skip_source_route(Cursor& cursor) {
  if (cursor.peek() != '@') return true;
  const std::size_t before = cursor.rest().size();
  do {
    if (before - cursor.rest().size() > max_path) return false;
    if (!cursor.take('@') || !take_domain(cursor)) return false;
  } while (cursor.take(','));
  return cursor.take(':');
}

Result<void> check_local_part(std::string_view local_part) {
  if (local_part.size() > max_local_part) {
    return fail(Errc::limit, "local part is longer than 64 octets");
  }
  // Octets above 127 that are not UTF-8 are in no charset at all.
  if (!is_utf8(local_part)) return fail(Errc::syntax, "address is not UTF-8");
  if (has_unicode_control(local_part)) {
    return fail(Errc::syntax, "address has control characters");
  }
  return {};
}

Result<Mailbox> take_mailbox(Cursor& cursor) {
  auto local_part = take_local_part(cursor);
  if (!local_part || !cursor.take('@')) return malformed();
  if (const auto checked = check_local_part(*local_part); !checked) {
    return tl::unexpected(checked.error());
  }
  auto domain = take_domain(cursor);
  if (!domain) return tl::unexpected(std::move(domain.error()));
  return Mailbox{std::move(*local_part), std::move(*domain)};
}

tl::unexpected<Error> too_long() {
  return fail(Errc::limit, "path is longer than 256 octets");
}

Result<Mailbox> parse_path(std::string_view& text, Charset charset) {
  Cursor cursor{text, charset};
  if (!cursor.take('<')) return fail(Errc::syntax, "address is not in angle brackets");
  if (!skip_source_route(cursor)) {
    const bool is_too_long = text.size() - cursor.rest().size() > max_path;
    return is_too_long ? too_long() : fail(Errc::syntax, "malformed source route");
  }
  auto mailbox = take_mailbox(cursor);
  if (!mailbox) return mailbox;
  if (!cursor.take('>')) return malformed();
  // A-labels and IPv6 addresses can be longer than what they were made from.
  const std::size_t longest =
      std::max(text.size() - cursor.rest().size(), mailbox->to_string().size() + 2);
  if (longest > max_path) return too_long();
  text = cursor.rest();
  return mailbox;
}

bool needs_quotes(std::string_view local_part) {
  Cursor cursor{local_part, Charset::utf8};
  return !take_dot_string(cursor) || !cursor.at_end();
}

std::string quoted(std::string_view local_part) {
  std::string out = "\"";
  for (const char c : local_part) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string Mailbox::to_string() const {
  if (is_null()) return {};
  std::string out = needs_quotes(local_part) ? quoted(local_part) : local_part;
  if (!domain.empty()) out += cat("@", domain);
  return out;
}

Result<Mailbox> parse_reverse_path(std::string_view& text, Charset charset) {
  if (text.starts_with("<>")) {
    text.remove_prefix(2);
    return Mailbox{};
  }
  return parse_path(text, charset);
}

Result<Mailbox> parse_forward_path(std::string_view& text, Charset charset) {
  // RFC 5321 4.5.1: the one address that has no domain, in any case.
  constexpr std::string_view postmaster = "<postmaster>";
  if (iequals(text.substr(0, postmaster.size()), postmaster)) {
    text.remove_prefix(postmaster.size());
    return Mailbox{"postmaster", ""};
  }
  return parse_path(text, charset);
}

Result<Mailbox> parse_mailbox(std::string_view text, Charset charset) {
  Cursor cursor{text, charset};
  auto mailbox = take_mailbox(cursor);
  if (mailbox && !cursor.at_end()) return malformed();
  return mailbox;
}

}  // namespace postern::mail
