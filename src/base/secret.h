// SPDX-License-Identifier: ISC
//
// base/secret.h - passwords, hashes and keys do not stay in memory that is free again.

#pragma once

#include <string>

namespace postern {

// Overwrites and empties secret.  For what holds one, and for packets, lines and files with one.
void wipe(std::string& secret);

}  // namespace postern
