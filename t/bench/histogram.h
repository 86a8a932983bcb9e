// SPDX-License-Identifier: ISC
//
// t/bench/histogram.h - times, counted in classes that are 3 % wide.

#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace postern::bench {

// Microseconds from 1 to an hour.  Counting costs nothing that grows with what was counted.
class Histogram {
 public:
  void add(std::chrono::microseconds time) {
    const auto us = static_cast<std::uint64_t>(time.count() > 0 ? time.count() : 0);
    ++counts_.at(class_of(us));
    ++total_;
    if (us > longest_) longest_ = us;
  }

  std::uint64_t total() const { return total_; }
  std::uint64_t longest() const { return longest_; }

  // The time that this share of all did not exceed, in microseconds: 0.5 is the median.
  std::uint64_t quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_.at(i);
      if (seen > wanted) return beginning_of(i);
    }
    return longest_;
  }

  // Calls visit(microseconds, count) for each class that is not empty.
  template <typename Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_.at(i) > 0) visit(beginning_of(i), counts_.at(i));
    }
  }

 private:
  static constexpr unsigned bits = 5;  // 32 classes between two powers of two
  static constexpr std::size_t in_octave = std::size_t{1} << bits;
  static constexpr std::uint64_t largest = 3'600'000'000;

  static std::size_t class_of(std::uint64_t us) {
    if (us > largest) us = largest;
    if (us < in_octave) return us;
    const unsigned shift = static_cast<unsigned>(std::bit_width(us)) - bits - 1;
    return (std::size_t{shift} << bits) + (us >> shift);
  }

  static std::uint64_t beginning_of(std::size_t index) {
    if (index < in_octave) return index;
    const std::size_t shift = (index >> bits) - 1;
    return (index - (shift << bits)) << shift;
  }

  std::array<std::uint64_t, 1024> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t longest_ = 0;
};

}  // namespace postern::bench
