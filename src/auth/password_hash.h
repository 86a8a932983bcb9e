// SPDX-License-Identifier: ISC
//
// auth/password_hash.h - the hashes of crypt(5), as far as Postern takes them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::auth {

// What is wrong with hash, in words that hold nothing of it; nothing if it is a whole hash of a
// kind that this system's crypt(3) knows.  Of the kinds of crypt(5) those of DES are not taken:
// they look like plain text, and most of them hash no more than eight characters.
std::optional<std::string> fault_of_hash(std::string_view hash);

// The part of a faultless hash that decides how long it takes to compute: "$y$j9T$",
// "$6$rounds=20000$", "$2b$12$".
std::string_view cost_of_hash(std::string_view hash);

// The hash of password that setting, which may itself be a hash, asks for.  Takes as long as
// setting says.  Nothing if crypt(3) refuses setting or password.
std::optional<std::string> hash_password(const std::string& password, const std::string& setting);

// Takes as long as hash_password, and no shorter or longer for a guess that is nearly right.
// A password that holds a NUL has no hash and matches none.
bool password_matches(const std::string& password, const std::string& hash);

}  // namespace postern::auth
