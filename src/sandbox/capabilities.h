// SPDX-License-Identifier: ISC
//
// sandbox/capabilities.h - the parts of root's power that a process has (capabilities(7)).

#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/result.h"

namespace postern::sandbox {

// A set of capabilities, each a number CAP_... of <linux/capability.h>.
class Capabilities {
 public:
  constexpr Capabilities(std::initializer_list<unsigned> members) {
    for (const unsigned member : members) bits_ |= std::uint64_t{1} << member;
  }

  constexpr bool has(unsigned capability) const { return (bits_ >> capability & 1) != 0; }
  constexpr std::uint64_t bits() const { return bits_; }

  // Those that are in force in this process.
  static Capabilities of_process();

 private:
  std::uint64_t bits_ = 0;
};

// Takes all others from what this process, and any program that it executes, can ever get
// (bounding set).  Without CAP_SETPCAP nothing can be taken, and nothing is.
Result<void> limit_bounding_set(Capabilities keep);

// Gives up all others that the process has: in force, permitted, inheritable and ambient.
Result<void> limit_capabilities(Capabilities keep);

}  // namespace postern::sandbox
