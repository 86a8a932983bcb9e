// SPDX-License-Identifier: ISC
//
// sendmail/header_reader.cpp - the header of a message that is being read.

#include "sendmail/header_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mail/address_list.h"

namespace postern::sendmail {

namespace {

// All of it is kept in memory.  The server allows far less by default.
constexpr std::size_t max_header = std::size_t{1} << 20;

constexpr std::size_t max_name = 998;  // RFC 5322 2.1.1: no line of a header is longer

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// RFC 5322 2.2: printable ASCII except colon and space.
bool is_name_char(char c) {
  return c > ' ' && c != ':' && c != 0x7f && !is_eight_bit(c);
}

// The name of the field that the line begins with; RFC 5322 4.5 has blanks before the colon.
std::optional<std::string> name_of_field(std::string_view line) {
  const auto end = std::find_if_not(line.begin(), line.end(), is_name_char);
  const auto colon = std::find_if_not(end, line.end(), is_blank);
  const auto octets = static_cast<std::size_t>(end - line.begin());
  if (octets == 0 || octets > max_name || colon == line.end() || *colon != ':') return std::nullopt;
  return lower(line.substr(0, octets));
}

// The first line of a message in a mailbox file, quoted or not.
bool is_mailbox_line(std::string_view line) {
  return line.starts_with("From ") || line.starts_with(">From ");
}

bool is_lone_cr(const char* c) {
  return *c == '\r' && *(c + 1) != '\n';
}

bool is_one_of(std::string_view name, const std::array<std::string_view, 3>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 3> recipient_fields{"to", "cc", "bcc"};
constexpr std::array<std::string_view, 3> resent_fields{"resent-to", "resent-cc", "resent-bcc"};

}  // namespace

std::string_view Field::value() const {
  return std::string_view(text).substr(text.find(':') + 1);
}

Result<void> HeaderReader::read(std::string_view& text) {
  while (!is_complete_ && !text.empty()) {
    const std::size_t end = text.find('\n');
    const bool is_whole = end != std::string_view::npos;
    const std::string_view piece = text.substr(0, is_whole ? end + 1 : text.size());
    text.remove_prefix(piece.size());
    line_ += piece;
    octets_ += piece.size();
    if (octets_ > max_header && !is_certainly_text()) {
      return fail(Errc::limit, cat("the header has more than ", max_header, " octets"));
    }
    if (is_whole) {
      if (auto taken = take_line(); !taken) return taken;
    } else if (is_certainly_text()) {
      end_header(std::exchange(line_, {}));
    }
  }
  return {};
}

// Whatever may yet come of this line, it is no field: text without a line end must not be held.
bool HeaderReader::is_certainly_text() const {
  const bool is_folded = is_blank(line_.front()) && !fields_.empty();
  return line_.size() > 2 * max_name && !is_folded && !name_of_field(line_) &&
         !is_mailbox_line(line_);
}

Result<void> HeaderReader::take_line() {
  std::string line = std::exchange(line_, {});
  const bool is_first = std::exchange(is_first_line_, false);
  const bool is_folded = is_blank(line.front()) && !fields_.empty();
  auto name = name_of_field(line);
  if (!is_folded && !name) {
    if (is_first && is_mailbox_line(line)) return {};
    end_header(line == "\r\n" ? std::string() : std::move(line));
    return {};
  }
  for (const char& c : line) {
    if (!is_lone_cr(&c)) continue;
    const std::string_view field = is_folded ? fields_.back().name : *name;
    return fail(Errc::syntax, cat("a CR stands alone in the field ", printable(field)));
  }
  if (is_folded) {
    fields_.back().text += line;
  } else {
    fields_.push_back({std::move(*name), std::move(line)});
  }
  return {};
}

void HeaderReader::end_header(std::string body_begin) {
  body_begin_ = std::move(body_begin);
  is_complete_ = true;
}

void HeaderReader::finish() {
  if (!is_complete_) end_header(std::exchange(line_, {}));
}

bool has_field(const Fields& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [name](const Field& field) { return field.name == name; });
}

Result<std::vector<mail::Mailbox>> recipients_in(const Fields& fields) {
  const bool is_resent = std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return is_one_of(field.name, resent_fields);
  });
  std::vector<mail::Mailbox> recipients;
  for (const Field& field : fields) {
    if (!is_one_of(field.name, is_resent ? resent_fields : recipient_fields)) continue;
    auto list = mail::parse_address_list(field.value());
    if (!list) return fail(list.error().code, cat("field ", field.name, ": ", list.error().what));
    recipients.insert(recipients.end(), list->begin(), list->end());
  }
  return recipients;
}

std::string sent_text(const Fields& fields) {
  std::string text;
  for (const Field& field : fields) {
    if (field.name != "bcc" && field.name != "resent-bcc") text += field.text;
  }
  return text;
}

}  // namespace postern::sendmail
