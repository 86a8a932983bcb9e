// SPDX-License-Identifier: ISC
//
// base/secret.cpp - passwords, hashes and keys do not stay in memory that is free again.

#include "base/secret.h"

#include <string.h>

namespace postern {

void wipe(std::string& secret) {
  // A string that has shrunk keeps its old characters behind its end.
  secret.resize(secret.capacity());
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace postern
