// SPDX-License-Identifier: ISC
//
// adsp/unanswered_lookups.cpp - what others look for and we do not have.

#include "adsp/unanswered_lookups.h"

#include <algorithm>

namespace postern::adsp {

namespace {

constexpr auto kept_for = std::chrono::hours{24};

}  // namespace

bool UnansweredLookups::note(const NbpName& name, std::uint16_t net, std::uint8_t node, Time now) {
  ++total_;
  const auto same = std::find_if(kept_.begin(), kept_.end(), [&](const Lookup& lookup) {
    return lookup.net == net && lookup.node == node && lookup.name == name;
  });
  if (same != kept_.end()) {
    same->last = now;
    ++same->times;
    return false;
  }
  if (kept_.size() == most_kept) {
    std::erase_if(kept_, [&](const Lookup& lookup) { return now - lookup.last >= kept_for; });
  }
  if (kept_.size() == most_kept) {
    ++not_kept_;
    return false;
  }
  kept_.push_back({name, net, node, now, 1});
  return true;
}

}  // namespace postern::adsp
