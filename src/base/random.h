// SPDX-License-Identifier: ISC
//
// base/random.h - unpredictable numbers from the kernel.

#pragma once

#include <cstdint>

namespace postern {

// Ends the process when the kernel has none to give, which no supported system does.
std::uint64_t random_number();

}  // namespace postern
