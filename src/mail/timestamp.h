// SPDX-License-Identifier: ISC
//
// mail/timestamp.h - dates and times as parameters have them.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postern::mail {

// The whole of text as a date-time of RFC 3339 5.6, such as "2026-12-02T08:00:00Z" or
// "2026-12-02t09:00:00.5+01:00", in seconds since 1970.  A fraction has at most nine digits and
// is cut off.  A leap second, which UTC has just before midnight only, is the midnight.  Nothing
// for what is malformed, is in no calendar, or lies outside the years 1970 to 9999 of UTC.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// "2026-12-02T08:00:00Z".  What lies outside these years becomes their first or last second.
std::string format_timestamp(std::int64_t seconds);

}  // namespace postern::mail
