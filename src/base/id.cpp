// SPDX-License-Identifier: ISC
//
// base/id.cpp - short names that no two sessions of this host share.

#include "base/id.h"

#include <algorithm>
#include <string_view>

namespace postern {

namespace {

// Fixed width, so that names sort by time.  32 characters that are hard to mistake.
std::string base32(std::uint64_t number, std::size_t width) {
  constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out(width, '0');
  for (std::size_t i = width; i-- > 0; number >>= 5) out[i] = alphabet[number & 31];
  return out;
}

}  // namespace

std::string IdGenerator::next(std::chrono::system_clock::time_point now) {
  const auto since_1970 =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  // A clock that is set back must not give a name twice.
  last_microsecond_ = std::max(static_cast<std::uint64_t>(since_1970), last_microsecond_ + 1);
  // 55 bits of microseconds last until the year 3111; Linux process ids have at most 22 bits.
  return base32(last_microsecond_, 11) + base32(process_id_, 5);
}

}  // namespace postern
