// SPDX-License-Identifier: ISC
//
// base/text_file.h - a small file as one string.

#pragma once

#include <string>

#include "base/result.h"

namespace postern {

// The whole file.  Errors go on where the path ends: "cannot be opened: ...", "is a directory"
// (Errc::permanent), "has more than 1000 octets" (Errc::limit).
Result<std::string> read_text_file(const std::string& path, std::size_t max_octets);

}  // namespace postern
