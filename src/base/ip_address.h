// SPDX-License-Identifier: ISC
//
// base/ip_address.h - an IPv4 or IPv6 address as a value.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern {

// Both families in one ordered value: IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so an
// IPv4 client of a dual-stack socket equals the same client of an IPv4 one.
class IpAddress {
 public:
  using Octets = std::array<std::uint8_t, 16>;

  IpAddress() = default;  // "::"
  explicit IpAddress(const Octets& octets) : octets_(octets) {}

  // "192.0.2.1" or "2001:db8::1"; nothing for anything else, zones ("%eth0") included.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const;
  bool is_loopback() const;    // 127.0.0.0/8 or ::1
  bool is_any() const;         // 0.0.0.0 or ::
  bool is_link_local() const;  // 169.254.0.0/16 or fe80::/10: there without anybody's doing
  const Octets& octets() const { return octets_; }

  // This address with all but the first prefix_length bits cleared, or set.  Counted in bits
  // of the 128-bit form: an IPv4 /24 is 96 + 24.
  IpAddress first_of_prefix(unsigned prefix_length) const;
  IpAddress last_of_prefix(unsigned prefix_length) const;

  std::string to_string() const;  // canonical (RFC 5952); IPv4 dotted

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Octets octets_{};
};

}  // namespace postern
