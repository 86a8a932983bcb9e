// SPDX-License-Identifier: ISC
//
// conf/period_syntax.cpp - days of the week and times of day.

#include "conf/period_syntax.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace postern::conf {

namespace {

constexpr std::array<std::string_view, 7> names_of_days{"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};

std::optional<std::size_t> find_day(std::string_view name) {
  const auto day = std::find_if(names_of_days.begin(), names_of_days.end(),
                                [name](std::string_view known) { return iequals(known, name); });
  if (day == names_of_days.end()) return std::nullopt;
  return static_cast<std::size_t>(day - names_of_days.begin());
}

// "Mon" or "Mon-Fri"; whether it is one of these.
bool add_days(std::string_view item, Weekdays& days) {
  const std::size_t dash = item.find('-');
  const auto first = find_day(trim(item.substr(0, dash)));
  const auto last = dash == std::string_view::npos ? first : find_day(trim(item.substr(dash + 1)));
  if (!first || !last) return false;
  for (std::size_t day = *first;; day = (day + 1) % names_of_days.size()) {
    days.set(day);
    if (day == *last) return true;
  }
}

}  // namespace

Result<Weekdays> parse_days(std::string_view text) {
  Weekdays days;
  std::string_view rest = text;
  for (;;) {
    const std::size_t comma = rest.find(',');
    if (!add_days(rest.substr(0, comma), days)) {
      return fail(Errc::syntax,
                  cat("\"", printable(text), "\" is not days such as \"Mon-Fri\" or \"Sat, Sun\""));
    }
    if (comma == std::string_view::npos) return days;
    rest.remove_prefix(comma + 1);
  }
}

Result<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto hour = parse_decimal<unsigned>(text.substr(0, colon));
  const std::string_view behind = text.substr(std::min(colon + 1, text.size()));
  const auto minute = parse_decimal<unsigned>(behind);
  const bool has_form = hour && minute && colon <= 2 && behind.size() == 2;
  if (!has_form || *minute > 59 || *hour * 60 + *minute > 24 * 60) {
    return fail(Errc::syntax,
                cat("\"", printable(text), "\" is not a time from \"00:00\" to \"24:00\""));
  }
  return std::chrono::minutes{*hour * 60 + *minute};
}

Result<void> check_days(const std::string& text) {
  const auto days = parse_days(text);
  if (!days) return tl::unexpected(days.error());
  return {};
}

Result<void> check_time_of_day(const std::string& text) {
  const auto time = parse_time_of_day(text);
  if (!time) return tl::unexpected(time.error());
  return {};
}

}  // namespace postern::conf
