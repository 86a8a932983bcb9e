// SPDX-License-Identifier: ISC
//
// base/crc32c.h - the checksum that tells a torn record from a whole one.

#pragma once

#include <cstdint>
#include <string_view>

namespace postern {

// CRC-32C (Castagnoli), as in RFC 3720 B.4.  so_far is the checksum of what stands before octets:
// crc32c(b, crc32c(a)) is crc32c(a + b).
std::uint32_t crc32c(std::string_view octets, std::uint32_t so_far = 0);

}  // namespace postern
