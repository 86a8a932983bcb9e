// SPDX-License-Identifier: ISC
//
// base/ip_address.cpp - an IPv4 or IPv6 address as a value.

#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace postern {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// The bits of octet number index that lie behind the prefix.
std::uint8_t host_bits(unsigned prefix_length, std::size_t index) {
  const std::size_t first_bit = index * 8;
  if (prefix_length >= first_bit + 8) return 0;
  if (prefix_length <= first_bit) return 0xff;
  return static_cast<std::uint8_t>(0xffU >> (prefix_length - first_bit));
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
  const std::string name(text);
  IpAddress address;
  if (::inet_pton(AF_INET6, name.c_str(), address.octets_.data()) == 1) return address;
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, name.c_str(), v4.data()) != 1) return std::nullopt;
  std::copy(v4_prefix.begin(), v4_prefix.end(), address.octets_.begin());
  std::copy(v4.begin(), v4.end(), address.octets_.begin() + v4_prefix.size());
  return address;
}

bool IpAddress::is_v4() const {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), octets_.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return octets_[12] == 127;
  const bool ends_in_one = octets_[15] == 1;
  return ends_in_one && std::all_of(octets_.begin(), octets_.end() - 1,
                                    [](std::uint8_t octet) { return octet == 0; });
}

bool IpAddress::is_link_local() const {
  if (is_v4()) return octets_[12] == 169 && octets_[13] == 254;
  return octets_[0] == 0xFE && (octets_[1] & 0xC0) == 0x80;
}

bool IpAddress::is_any() const {
  return std::all_of(octets_.begin() + (is_v4() ? 12 : 0), octets_.end(),
                     [](std::uint8_t octet) { return octet == 0; });
}

IpAddress IpAddress::first_of_prefix(unsigned prefix_length) const {
  IpAddress first = *this;
  for (std::size_t i = 0; i < first.octets_.size(); ++i) {
    first.octets_[i] &= static_cast<std::uint8_t>(~host_bits(prefix_length, i));
  }
  return first;
}

IpAddress IpAddress::last_of_prefix(unsigned prefix_length) const {
  IpAddress last = *this;
  for (std::size_t i = 0; i < last.octets_.size(); ++i) {
    last.octets_[i] |= host_bits(prefix_length, i);
  }
  return last;
}

std::string IpAddress::to_string() const {
  if (is_v4()) return cat(octets_[12], ".", octets_[13], ".", octets_[14], ".", octets_[15]);
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  ::inet_ntop(AF_INET6, octets_.data(), buffer.data(), buffer.size());
  return buffer.data();
}

}  // namespace postern
