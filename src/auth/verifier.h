// SPDX-License-Identifier: ISC
//
// auth/verifier.h - is this the password of that user?

#pragma once

#include <cstddef>
#include <string>

#include "auth/users.h"

namespace postern::auth {

// As a client sends them, so that neither is to be trusted to be text.
struct Credentials {
  std::string name;
  std::string password;
};

// The longest name, and the longest password, that an exchange accepts (octets).
inline constexpr std::size_t max_credential = 512;

// Takes as long as the hash was made to take (10 to 500 ms), also for an unknown name or a
// locked user, who is checked against a decoy; so run it in the helper process, never on a
// worker's loop.  Passwords of CRYPT_MAX_PASSPHRASE_SIZE (512) octets and more never match, nor
// do those that hold a NUL.
bool verify(const Users& users, const Credentials& credentials);

}  // namespace postern::auth
