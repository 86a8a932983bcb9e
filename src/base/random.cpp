// SPDX-License-Identifier: ISC
//
// base/random.cpp - unpredictable numbers from the kernel.

#include "base/random.h"

#include <unistd.h>

#include <cstdlib>

namespace postern {

std::uint64_t random_number() {
  std::uint64_t number = 0;
  if (::getentropy(&number, sizeof number) != 0) std::abort();
  return number;
}

}  // namespace postern
