// SPDX-License-Identifier: ISC
//
// sendmail/author.cpp - whom a message is from that does not say so.

#include "sendmail/author.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/base64.h"
#include "base/text.h"

namespace postern::sendmail {

namespace {

// RFC 5322 3.2.3, with the blanks between the words of a phrase.
bool is_phrase_char(char c) {
  constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~ ";
  return is_alnum(c) || specials.find(c) != std::string_view::npos;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// RFC 2047 2 and 5: encoded words of at most 75 characters, of whole characters each, folded.
std::string encoded(std::string_view name) {
  constexpr std::size_t octets_in_word = 45;  // 60 characters of base64
  std::string out;
  while (!name.empty()) {
    std::size_t octets = std::min(name.size(), octets_in_word);
    while (octets < name.size() && is_continuation(name[octets])) --octets;
    out +=
        cat(out.empty() ? "" : "\r\n ", "=?utf-8?B?", base64_encode(name.substr(0, octets)), "?=");
    name.remove_prefix(octets);
  }
  return out;
}

// A name that looks like an encoded word would be read as one.
std::string phrase(std::string_view name) {
  if (has_eight_bit(name) || name.find("=?") != std::string_view::npos) return encoded(name);
  const bool is_plain = std::all_of(name.begin(), name.end(), is_phrase_char);
  return is_plain ? std::string(name) : quoted(name);
}

}  // namespace

Author system_author() {
  const passwd* account = ::getpwuid(::getuid());
  if (account == nullptr) return {std::to_string(::getuid()), ""};
  const char* name = std::getenv("NAME");
  if (name != nullptr) return {account->pw_name, name};
  return {account->pw_name, full_name_of(account->pw_gecos, account->pw_name)};
}

std::string full_name_of(std::string_view gecos, std::string_view login) {
  std::string name;
  for (const char c : gecos.substr(0, gecos.find(','))) {
    if (c != '&') {
      name += c;
    } else if (!login.empty()) {
      const char first = login.front();
      name += first >= 'a' && first <= 'z' ? static_cast<char>(first - 'a' + 'A') : first;
      name += login.substr(1);
    }
  }
  return std::string(trim(name));
}

std::string from_field(std::string_view full_name, const mail::Mailbox& mailbox) {
  std::string name(full_name);
  std::replace_if(name.begin(), name.end(), is_control, ' ');
  name = trim(name);
  if (name.empty() || !is_utf8(name)) return cat("From: ", mailbox.to_string(), "\r\n");
  return cat("From: ", phrase(name), " <", mailbox.to_string(), ">\r\n");
}

}  // namespace postern::sendmail
