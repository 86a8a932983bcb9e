// SPDX-License-Identifier: ISC
//
// conf/units.h - sizes and times as people write them.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "conf/config.h"

namespace postern::conf {

// "50 MiB": a whole number and B, KiB, MiB, GiB or TiB (powers of 1024), with or without one
// space between them; a number alone counts octets.  Letters must have the case shown here.
// Anything else is Errc::syntax; what does not fit is Errc::limit.
Result<ByteCount> parse_size(std::string_view text);

// The same for "5 min": s, min, h or d; a number alone counts seconds.  Up to 68 years.
Result<Seconds> parse_time(std::string_view text);

// With the largest unit that needs no fraction: "50 MiB", "1025 B", "0 B"; "5 min", "90 s".
// Parsing gives the number back.
std::string print_size(ByteCount octets);
std::string print_time(Seconds time);  // not negative

}  // namespace postern::conf
