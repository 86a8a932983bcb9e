// SPDX-License-Identifier: ISC
//
// adsp/address.cpp - where something is on an AppleTalk network.

#include "adsp/address.h"

#include "base/text.h"

namespace postern::adsp {

namespace {

constexpr std::string_view scheme = "appletalk:";

}  // namespace

std::string Address::to_string() const {
  return cat(scheme, net, '.', node, '.', socket);
}

std::optional<Address> parse_address(std::string_view text) {
  if (!text.starts_with(scheme)) return std::nullopt;
  const std::string_view numbers = text.substr(scheme.size());
  const std::size_t first = numbers.find('.');
  const std::size_t last = numbers.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const auto net = parse_decimal<std::uint16_t>(numbers.substr(0, first));
  const auto node = parse_decimal<std::uint8_t>(numbers.substr(first + 1, last - first - 1));
  const auto socket = parse_decimal<std::uint8_t>(numbers.substr(last + 1));
  if (!net || !node || !socket) return std::nullopt;
  return Address{*net, *node, *socket};
}

}  // namespace postern::adsp
