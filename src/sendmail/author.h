// SPDX-License-Identifier: ISC
//
// sendmail/author.h - whom a message is from that does not say so.

#pragma once

#include <string>
#include <string_view>

#include "mail/address.h"

namespace postern::sendmail {

struct Author {
  std::string login;
  std::string full_name;  // may be empty
};

// The user that this process belongs to; its number if it has no name.  The full name is that of
// the environment (NAME) or of the account.
Author system_author();

// What the GECOS field of an account says about the full name: all in front of the first comma,
// with the login, its first letter in upper case, where it has "&".
std::string full_name_of(std::string_view gecos, std::string_view login);

// "From: Alice <alice@example.org>", with its CRLF (RFC 5322 3.6.2); the name is quoted or encoded
// (RFC 2047) where it has to be, and left out if it is empty or not UTF-8.
std::string from_field(std::string_view full_name, const mail::Mailbox& mailbox);

}  // namespace postern::sendmail
