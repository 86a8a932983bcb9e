// SPDX-License-Identifier: ISC
//
// adsp/sequence.h - numbers of octets, which begin again at 0 after 2^32.

#pragma once

#include <cstddef>
#include <cstdint>

namespace postern::adsp {

using Sequence = std::uint32_t;

// How far a lies behind b; negative if it is in front.  Of two numbers that are less than 2^31
// apart, as all are that a window of 64 KiB allows.
constexpr std::int32_t distance(Sequence b, Sequence a) {
  return static_cast<std::int32_t>(a - b);
}

constexpr Sequence advanced(Sequence from, std::size_t octets) {
  return from + static_cast<Sequence>(octets);
}

}  // namespace postern::adsp
