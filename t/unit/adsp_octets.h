// SPDX-License-Identifier: ISC
//
// t/unit/adsp_octets.h - packets as people write them down.

#pragma once

#include <string>
#include <string_view>

namespace postern::test {

// "04 d2 ff": the octets.  Spaces are for the reader only.
inline std::string hex(std::string_view digits) {
  std::string out;
  unsigned octet = 0;
  bool is_second = false;
  for (const char c : digits) {
    if (c == ' ') continue;
    octet = octet << 4U | static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if (is_second) out += static_cast<char>(octet & 0xffU);
    is_second = !is_second;
  }
  return out;
}

}  // namespace postern::test
