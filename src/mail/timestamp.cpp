// SPDX-License-Identifier: ISC
//
// mail/timestamp.cpp - dates and times as parameters have them.

#include "mail/timestamp.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace postern::mail {

namespace {

constexpr std::int64_t seconds_of_day = 86400;
constexpr std::int64_t last_second = 253402300799;  // 9999-12-31T23:59:59Z

bool take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

// Takes exactly so many digits off text, for a number from least to most.
std::optional<int> take_number(std::string_view& text, std::size_t digits, int least, int most) {
  const std::string_view number = text.substr(0, digits);
  if (number.size() < digits || !std::all_of(number.begin(), number.end(), is_digit)) {
    return std::nullopt;
  }
  const auto value = parse_decimal<int>(number);
  if (!value || *value < least || *value > most) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// RFC 3339 5.6 full-date, as days since 1970.
std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_number(text, 4, 1970, 9999);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2, 1, 12);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

struct TimeOfDay {
  std::int64_t seconds = 0;
  bool is_leap = false;
};

bool skip_fraction(std::string_view& text) {
  constexpr std::size_t max_digits = 9;
  if (!take(text, '.')) return true;
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(digits);
  return digits > 0 && digits <= max_digits;
}

// RFC 3339 5.6 partial-time.
std::optional<TimeOfDay> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2, 0, 23);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2, 0, 59);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2, 0, 60);
  if (!second || !skip_fraction(text)) return std::nullopt;
  return TimeOfDay{(*hour * 60 + *minute) * 60 + *second, *second == 60};
}

// RFC 3339 5.6 time-offset, in seconds east of UTC.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const bool is_west = text.starts_with('-');
  if (!take(text, is_west ? '-' : '+')) return std::nullopt;
  const auto hours = take_number(text, 2, 0, 23);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2, 0, 59);
  if (!minutes) return std::nullopt;
  const std::int64_t seconds = (*hours * 60 + *minutes) * 60;
  return is_west ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const auto days = take_date(text);
  if (!days || !(take(text, 'T') || take(text, 't'))) return std::nullopt;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const std::int64_t seconds = *days * seconds_of_day + time->seconds - *offset;
  if (seconds < 0 || seconds > last_second) return std::nullopt;
  if (time->is_leap && seconds % seconds_of_day != 0) return std::nullopt;
  return seconds;
}

std::string format_timestamp(std::int64_t seconds) {
  seconds = std::clamp<std::int64_t>(seconds, 0, last_second);
  const std::chrono::sys_days day{std::chrono::days{seconds / seconds_of_day}};
  const std::chrono::year_month_day date{day};
  const std::int64_t time = seconds % seconds_of_day;
  return cat(static_cast<int>(date.year()), "-", two_digits(unsigned{date.month()}), "-",
             two_digits(unsigned{date.day()}), "T", two_digits(time / 3600), ":",
             two_digits(time / 60 % 60), ":", two_digits(time % 60), "Z");
}

}  // namespace postern::mail
