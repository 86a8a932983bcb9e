// SPDX-License-Identifier: ISC
//
// adsp/unanswered_lookups.h - what others look for and we do not have.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "adsp/nbp_name.h"
#include "adsp/world.h"

namespace postern::adsp {

// Nobody has written down which type an old mail program looks for; here it can be read.
//
// Each name and source is told once, and kept until it was not asked for in a day.  Of more than
// most_kept at a time the others are only counted: a flood of names fills neither memory nor log.
class UnansweredLookups {
 public:
  static constexpr std::size_t most_kept = 256;

  struct Lookup {
    NbpName name;  // the pattern, as it was asked for
    std::uint16_t net = 0;
    std::uint8_t node = 0;
    Time last{};
    std::uint64_t times = 0;
  };

  // Whether this is to be told: it is kept now, and was not before.
  bool note(const NbpName& name, std::uint16_t net, std::uint8_t node, Time now);

  const std::vector<Lookup>& kept() const { return kept_; }
  std::uint64_t not_kept() const { return not_kept_; }
  std::uint64_t total() const { return total_; }  // those that are not kept any more, too

 private:
  std::vector<Lookup> kept_;
  std::uint64_t not_kept_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace postern::adsp
