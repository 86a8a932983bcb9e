// SPDX-License-Identifier: ISC
//
// base/address_set.cpp - sets of IP addresses.

#include "base/address_set.h"

#include <algorithm>

#include "base/text.h"

namespace postern {

namespace {

Result<IpAddress> parse_address(std::string_view text) {
  const auto address = IpAddress::parse(trim(text));
  if (!address) return fail(Errc::syntax, cat("\"", printable(trim(text)), "\" is not an address"));
  return *address;
}

}  // namespace

Result<AddressSet::Range> AddressSet::parse(std::string_view item) {
  if (const auto slash = item.find('/'); slash != std::string_view::npos) {
    const auto base = parse_address(item.substr(0, slash));
    if (!base) return tl::unexpected(base.error());
    const unsigned family_bits = base->is_v4() ? 32 : 128;
    const auto bits = parse_decimal<unsigned>(trim(item.substr(slash + 1)));
    if (!bits || *bits > family_bits) {
      return fail(Errc::syntax,
                  cat("\"", printable(item), "\": a prefix length is 0 to ", family_bits));
    }
    const unsigned length = 128 - family_bits + *bits;
    if (base->first_of_prefix(length) != *base) {
      return fail(Errc::syntax, cat("\"", printable(item), "\" has bits behind its prefix; write ",
                                    base->first_of_prefix(length).to_string(), "/", *bits));
    }
    return Range{*base, base->last_of_prefix(length)};
  }
  const auto dash = item.find('-');
  const auto first = parse_address(item.substr(0, dash));
  if (!first) return tl::unexpected(first.error());
  const auto last = dash == std::string_view::npos ? first : parse_address(item.substr(dash + 1));
  if (!last) return tl::unexpected(last.error());
  if (first->is_v4() != last->is_v4()) {
    return fail(Errc::syntax, cat("\"", printable(item), "\" mixes IPv4 and IPv6"));
  }
  if (*last < *first) return fail(Errc::syntax, cat("\"", printable(item), "\" runs backwards"));
  return Range{*first, *last};
}

AddressSet::AddressSet(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  for (const Range& range : ranges) {
    if (ranges_.empty() || ranges_.back().last < range.first) {
      ranges_.push_back(range);
    } else {
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    }
  }
}

Result<void> AddressSet::add(std::string_view item) {
  const auto range = parse(item);
  if (!range) return tl::unexpected(range.error());
  insert(*range);
  return {};
}

void AddressSet::insert(const Range& range) {
  const auto lies_before = [](const Range& known, const IpAddress& first) {
    return known.last < first;
  };
  const auto begin = std::lower_bound(ranges_.begin(), ranges_.end(), range.first, lies_before);
  auto end = begin;
  Range merged = range;
  for (; end != ranges_.end() && end->first <= range.last; ++end) {
    merged.first = std::min(merged.first, end->first);
    merged.last = std::max(merged.last, end->last);
  }
  ranges_.insert(ranges_.erase(begin, end), merged);
}

bool AddressSet::contains(const IpAddress& address) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), address,
      [](const IpAddress& wanted, const Range& range) { return wanted < range.first; });
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

}  // namespace postern
