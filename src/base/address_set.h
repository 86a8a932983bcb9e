// SPDX-License-Identifier: ISC
//
// base/address_set.h - sets of IP addresses, as `clients` and `blocked` name them.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace postern {

// An immutable-after-building set of addresses, looked up in O(log n).
class AddressSet {
 public:
  struct Range {
    IpAddress first;
    IpAddress last;  // inclusive, and not before first
  };

  // One of "192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2.0/24" and the same in IPv6.  The error
  // says what is wrong with item (Errc::syntax): not an address, a range that runs backwards or
  // mixes families, a prefix too long or with host bits set.
  static Result<Range> parse(std::string_view item);

  AddressSet() = default;
  // In any order, overlaps and all.  O(n log n), where as many calls of add would be O(n * n).
  explicit AddressSet(std::vector<Range> ranges);

  Result<void> add(std::string_view item);  // what parse understands, or its error

  bool contains(const IpAddress& address) const;
  bool empty() const { return ranges_.empty(); }
  std::size_t size() const { return ranges_.size(); }  // what overlaps counts as one

 private:
  void insert(const Range& range);

  std::vector<Range> ranges_;  // sorted, no two overlap
};

}  // namespace postern
