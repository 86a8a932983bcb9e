// SPDX-License-Identifier: ISC
//
// auth/verifier.cpp - is this the password of that user?

#include "auth/verifier.h"

#include "auth/password_hash.h"

namespace postern::auth {

bool verify(const Users& users, const Credentials& credentials) {
  const std::string* hash = users.find(credentials.name);
  // Whether a name exists must not show in the time an answer takes, so a password is always
  // computed.
  const bool matches =
      password_matches(credentials.password, hash != nullptr ? *hash : users.decoy());
  return hash != nullptr && matches;
}

}  // namespace postern::auth
