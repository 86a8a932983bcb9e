// SPDX-License-Identifier: ISC
//
// policy/token_bucket.h - so many a minute, and as many at once.

#pragma once

#include <chrono>
#include <cstdint>

namespace postern::policy {

using Time = std::chrono::steady_clock::time_point;

// Holds a minute's worth of tokens, fills evenly, and is full at the start.
//
// It is kept as the moment from which it is full: 8 octets, zero in a new one, in which nothing has
// to be brought up to date as time goes by, however long that is, and no part of a token is lost.
//
// Calls are given a rate, in tokens a minute, 0 for no limit, the same but for a change of the
// configuration; and times after the zero of their clock, which do not run backwards.  By as much
// as they do, since two processes look at the clock at two moments, a token may come later.
class TokenBucket {
 public:
  bool has_token(std::uint32_t rate, Time now) const;
  void take(std::uint32_t rate, Time now);  // has_token is true

  bool is_full(Time now) const { return full_from_ <= now; }

 private:
  Time full_from_{};
};

}  // namespace postern::policy
