// SPDX-License-Identifier: ISC
//
// t/fuzz/line_ends.h - what a text of lines may not have.

#pragma once

#include <cstddef>
#include <string_view>

namespace postern::test {

// Neither CR nor LF without the other (RFC 5321 2.3.8).
inline bool has_whole_line_ends(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') return false;
    if (text[i] != '\r') continue;
    if (i + 1 == text.size() || text[i + 1] != '\n') return false;
    ++i;
  }
  return true;
}

}  // namespace postern::test
