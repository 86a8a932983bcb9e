// SPDX-License-Identifier: ISC
//
// mail/address_list.cpp - the address lists of RFC 5322 3.4, with the obsolete forms of 4.4.
//
// The value is cut into tokens (RFC 5322 3.2), and these into the elements of the list.

#include "mail/address_list.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/text.h"

namespace postern::mail {

namespace {

struct Token {
  enum class Kind { special, atom, quoted, literal };

  Kind kind;
  std::string text;  // of a quoted string what it means; else as it stands there
  std::string_view source;

  bool is(char special) const { return kind == Kind::special && text.front() == special; }
  bool is_word() const { return kind == Kind::atom || kind == Kind::quoted; }
};

using Tokens = std::vector<Token>;
using Part = std::span<const Token>;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// A dot is none: parts of addresses are looked at as a whole.
bool is_special(char c) {
  constexpr std::string_view specials = "()<>[]:;@\\,\"";
  return specials.find(c) != std::string_view::npos;
}

tl::unexpected<Error> without_end(std::string_view what, std::string_view text) {
  return fail(Errc::syntax, cat(what, " without end in \"", printable(text, 60), "\""));
}

// Takes one token after another off the text.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text), rest_(text) {}

  // Nothing behind the last one.
  Result<std::optional<Token>> next() {
    if (auto skipped = skip_blanks_and_comments(); !skipped) return fail_with(skipped);
    if (rest_.empty()) return std::optional<Token>{};
    switch (rest_.front()) {
      case '"': return take_quoted();
      case '[': return take_literal();
      default: return is_special(rest_.front()) ? take_special() : take_atom();
    }
  }

 private:
  static tl::unexpected<Error> fail_with(const Result<void>& result) {
    return tl::unexpected(result.error());
  }

  Result<void> skip_blanks_and_comments() {
    for (;;) {
      const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_blank);
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
      if (!rest_.starts_with('(')) return {};
      if (!skip_comment()) return without_end("comment", text_);
    }
  }

  // Comments nest (RFC 5322 3.2.2).
  bool skip_comment() {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '\\')
        ++i;
      else if (rest_[i] == '(')
        ++depth;
      else if (rest_[i] == ')' && --depth == 0) {
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  std::optional<Token> take(Token::Kind kind, std::string text, std::size_t octets) {
    Token token{kind, std::move(text), rest_.substr(0, octets)};
    rest_.remove_prefix(octets);
    return token;
  }

  // Line ends in it are folding, and no part of it (RFC 5322 3.2.4).
  Result<std::optional<Token>> take_quoted() {
    std::string text;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') return take(Token::Kind::quoted, std::move(text), i + 1);
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      if (rest_[i] != '\r' && rest_[i] != '\n') text += rest_[i];
    }
    return without_end("quoted string", text_);
  }

  Result<std::optional<Token>> take_literal() {
    const std::size_t end = rest_.find(']');
    if (end == std::string_view::npos) return without_end("address literal", text_);
    return take(Token::Kind::literal, std::string(rest_.substr(0, end + 1)), end + 1);
  }

  std::optional<Token> take_special() {
    return take(Token::Kind::special, std::string(1, rest_.front()), 1);
  }

  std::optional<Token> take_atom() {
    const auto ends = [](char c) { return is_blank(c) || is_special(c); };
    const auto end = std::find_if(rest_.begin(), rest_.end(), ends);
    const auto octets = static_cast<std::size_t>(end - rest_.begin());
    return take(Token::Kind::atom, std::string(rest_.substr(0, octets)), octets);
  }

  std::string_view text_;
  std::string_view rest_;
};

Result<Tokens> tokens_of(std::string_view text) {
  Tokens tokens;
  Tokenizer tokenizer{text};
  for (;;) {
    auto token = tokenizer.next();
    if (!token) return tl::unexpected(std::move(token.error()));
    if (!*token) return tokens;
    tokens.push_back(std::move(**token));
  }
}

// As it stands in the value.
std::string_view source_of(Part part) {
  const char* begin = part.front().source.data();
  const std::string_view last = part.back().source;
  return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
}

tl::unexpected<Error> not_understood(Part part) {
  return fail(Errc::syntax,
              cat("\"", printable(trim(source_of(part)), 100), "\" is not an address"));
}

// "john . smith": words stand together where a dot is between them (RFC 5322 4.4 obs-local-part).
std::optional<std::string> joined(Part words) {
  std::string text;
  bool needs_dot = false;
  for (const Token& word : words) {
    if (!word.is_word()) return std::nullopt;
    const bool begins_with_dot = word.kind == Token::Kind::atom && word.text.front() == '.';
    if (needs_dot && !begins_with_dot) return std::nullopt;
    text += word.text;
    needs_dot = word.kind == Token::Kind::quoted || word.text.back() != '.';
  }
  return text;
}

std::optional<std::string> domain_of(Part part) {
  if (part.size() == 1 && part.front().kind == Token::Kind::literal) return part.front().text;
  const bool is_quoted = std::any_of(part.begin(), part.end(), [](const Token& token) {
    return token.kind == Token::Kind::quoted;
  });
  return is_quoted ? std::nullopt : joined(part);
}

// local-part@domain, or a local part alone.
Result<Mailbox> address_of(Part part) {
  const auto at = std::find_if(part.begin(), part.end(), [](const Token& t) { return t.is('@'); });
  const auto local_words = static_cast<std::size_t>(at - part.begin());
  const bool has_domain = at != part.end();
  auto local_part = joined(part.first(local_words));
  std::optional<std::string> domain = "localhost";
  if (has_domain) domain = domain_of(part.subspan(local_words + 1));
  if (!local_part || local_words == 0 || !domain || domain->empty()) return not_understood(part);
  if (!has_domain && local_part->empty()) return not_understood(part);  // it would be the null path
  // The local part gets the quotes that it needs, and is then looked at as SMTP will do.
  const Mailbox joined_mailbox{std::move(*local_part), std::move(*domain)};
  auto mailbox = parse_mailbox(joined_mailbox.to_string(), Charset::utf8);
  if (!mailbox) {
    return fail(mailbox.error().code,
                cat("\"", printable(trim(source_of(part)), 100), "\": ", mailbox.error().what));
  }
  if (!has_domain) mailbox->domain.clear();
  return mailbox;
}

// The list without what has been taken off it.
class ListReader {
 public:
  explicit ListReader(Part rest) : rest_(rest) {}

  Result<std::vector<Mailbox>> read() {
    while (!rest_.empty()) {
      if (rest_.front().is(',') || rest_.front().is(';')) {
        drop(1);  // empty elements are obsolete, and allowed (RFC 5322 4.4); so may a group end
      } else if (const auto read = read_element(); !read) {
        return tl::unexpected(read.error());
      }
    }
    return std::move(mailboxes_);
  }

 private:
  void drop(std::size_t tokens) { rest_ = rest_.subspan(tokens); }

  // A group's name is dropped, and its members are elements like others.
  Result<void> read_element() {
    const auto found = std::find_if(rest_.begin(), rest_.end(), [](const Token& token) {
      return token.is(',') || token.is(';') || token.is(':') || token.is('<');
    });
    const auto before = static_cast<std::size_t>(found - rest_.begin());
    if (found == rest_.end() || found->is(',') || found->is(';')) return keep(before);
    const Part name = rest_.first(before);
    if (found->is('<')) {
      drop(before);
      return read_angle_address();
    }
    const bool is_name =
        std::all_of(name.begin(), name.end(), [](const Token& token) { return token.is_word(); });
    if (name.empty() || !is_name) return tl::unexpected(not_understood(rest_.first(before + 1)));
    drop(before + 1);
    return {};
  }

  // "<@one,@two:bob@example.org>"; the route is obsolete (RFC 5322 4.4).
  Result<void> read_angle_address() {
    const auto closing =
        std::find_if(rest_.begin(), rest_.end(), [](const Token& token) { return token.is('>'); });
    if (closing == rest_.end()) return tl::unexpected(not_understood(rest_));
    const auto octets = static_cast<std::size_t>(closing - rest_.begin()) + 1;
    const Part whole = rest_.first(octets);
    if (octets < rest_.size() && !rest_[octets].is(',') && !rest_[octets].is(';')) {
      return tl::unexpected(not_understood(rest_.first(octets + 1)));
    }
    Part inside = whole.subspan(1, octets - 2);
    if (!inside.empty() && inside.front().is('@')) {
      const auto colon =
          std::find_if(inside.begin(), inside.end(), [](const Token& t) { return t.is(':'); });
      if (colon == inside.end()) return tl::unexpected(not_understood(whole));
      inside = inside.subspan(static_cast<std::size_t>(colon - inside.begin()) + 1);
    }
    if (inside.empty()) return tl::unexpected(not_understood(whole));
    auto mailbox = address_of(inside);
    if (!mailbox) return tl::unexpected(std::move(mailbox.error()));
    mailboxes_.push_back(std::move(*mailbox));
    drop(octets);
    return {};
  }

  Result<void> keep(std::size_t tokens) {
    auto mailbox = address_of(rest_.first(tokens));
    if (!mailbox) return tl::unexpected(std::move(mailbox.error()));
    mailboxes_.push_back(std::move(*mailbox));
    drop(tokens);
    return {};
  }

  Part rest_;
  std::vector<Mailbox> mailboxes_;
};

}  // namespace

Result<std::vector<Mailbox>> parse_address_list(std::string_view value) {
  const auto tokens = tokens_of(value);
  if (!tokens) return tl::unexpected(tokens.error());
  return ListReader{*tokens}.read();
}

}  // namespace postern::mail
