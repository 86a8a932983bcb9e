// SPDX-License-Identifier: ISC
//
// policy/token_bucket.cpp - so many a minute, and as many at once.

#include "policy/token_bucket.h"

#include <algorithm>

namespace postern::policy {

namespace {

// In which one token comes.  Rounded down, so that what is said to fit into a minute does; at the
// highest rate there is, of 14 nanoseconds each, this gives away 7 of 100.
std::chrono::nanoseconds interval_of(std::uint32_t rate) {
  return std::chrono::nanoseconds{std::chrono::minutes{1}} / rate;
}

}  // namespace

bool TokenBucket::has_token(std::uint32_t rate, Time now) const {
  if (rate == 0 || is_full(now)) return true;
  return full_from_ - now <= interval_of(rate) * (rate - 1);
}

void TokenBucket::take(std::uint32_t rate, Time now) {
  if (rate == 0) return;
  full_from_ = std::max(full_from_, now) + interval_of(rate);
}

}  // namespace postern::policy
