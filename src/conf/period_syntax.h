// SPDX-License-Identifier: ISC
//
// conf/period_syntax.h - days of the week and times of day, as `schedule` has them.

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "conf/config.h"

namespace postern::conf {

// "Mon-Fri", "Sat, Sun", "Fri-Mon"; the first three letters of the English names, in any case.
Result<Weekdays> parse_days(std::string_view text);

// "08:00", "8:00"; at most "24:00", which is the end of the day.
Result<std::chrono::minutes> parse_time_of_day(std::string_view text);

// The checks of the settings.
Result<void> check_days(const std::string& text);
Result<void> check_time_of_day(const std::string& text);

}  // namespace postern::conf
