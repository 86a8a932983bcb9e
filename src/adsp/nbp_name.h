// SPDX-License-Identifier: ISC
//
// adsp/nbp_name.h - the name of a service: what it is called, what it is, and in which zone.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace postern::adsp {

// The parts are Mac OS Roman, as on the network, of at most 32 octets each.
//
// A pattern is a name in which "=" for the object or the type is any, and one approximately-equal
// sign (0xc5, of Option-X) stands for any octets or none.  Zone "*" is the zone of who asks.
struct NbpName {
  static constexpr std::size_t most_octets = 32;  // of each part

  std::string object;
  std::string type;
  std::string zone = "*";

  friend bool operator==(const NbpName&, const NbpName&) = default;

  // "Postern:SMTPServer@*", in UTF-8.
  std::string to_string() const;
};

// Reads "object:type@zone", in UTF-8; "@zone" may be missing.  An error (Errc::syntax) if a part is
// empty, too long, or has characters that AppleTalk has not.
Result<NbpName> parse_nbp_name(std::string_view text);

// Whether name has no part that would be taken for a pattern, so that something can be called so.
bool is_plain(const NbpName& name);

// Whether object and type fit the pattern.  Zones are the business of routers.
bool matches(const NbpName& pattern, const NbpName& name);

}  // namespace postern::adsp
