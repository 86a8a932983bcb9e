// SPDX-License-Identifier: ISC
//
// base/address_set.h - sets of IP addresses, as `clients` and `blocked` name them.

#pragma once

#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace postern {

// An immutable-after-building set of addresses, looked up in O(log n).
class AddressSet {
 public:
  // One of "192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2.0/24" and the same in IPv6.  The error
  // says what is wrong with item (Errc::syntax): not an address, a range that runs backwards or
  // mixes families, a prefix too long or with host bits set.
  Result<void> add(std::string_view item);

  bool contains(const IpAddress& address) const;
  bool empty() const { return ranges_.empty(); }

 private:
  struct Range {
    IpAddress first;
    IpAddress last;  // inclusive
  };

  void insert(const Range& range);

  std::vector<Range> ranges_;  // sorted, no two overlap
};

}  // namespace postern
