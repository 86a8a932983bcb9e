// SPDX-License-Identifier: ISC
//
// adsp/rate_limit.cpp - so many a second, whatever is asked for.

#include "adsp/rate_limit.h"

#include <algorithm>

namespace postern::adsp {

bool RateLimit::take(Time now) {
  const Time full_from = std::max(full_from_, now) + interval_;
  if (full_from - now > std::chrono::seconds{1}) return false;
  full_from_ = full_from;
  return true;
}

}  // namespace postern::adsp
