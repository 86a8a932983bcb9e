// SPDX-License-Identifier: ISC
//
// t/fuzz/cut.h - how the input of a fuzz target says where it is to be cut.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/text_feed.h"

namespace postern::test {

// Says where it was called if it does not hold.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d does not hold\n", file, line);
  std::abort();
}

// An input: first some octets that choose, then the text.  In a corpus that people can read the
// choices are digits: "0" chooses 0, "9" chooses 9.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size) : text_(data, data + size), rest_(text_) {}

  // The next choice, less than limit; 0 when there is no more input.
  std::size_t choose(std::size_t limit) {
    if (rest_.empty()) return 0;
    const auto octet = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return (octet + 256U - '0') % 256 % limit;
  }

  // What stands behind the choices.
  std::string_view text() const { return rest_; }

 private:
  std::string text_;
  std::string_view rest_;
};

}  // namespace postern::test
