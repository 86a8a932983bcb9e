// SPDX-License-Identifier: ISC
//
// conf/units.cpp - sizes and times as people write them.

#include "conf/units.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/text.h"

namespace postern::conf {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: printing takes the first that fits.
constexpr Unit size_units[] = {{"TiB", std::uint64_t{1} << 40},
                               {"GiB", std::uint64_t{1} << 30},
                               {"MiB", std::uint64_t{1} << 20},
                               {"KiB", std::uint64_t{1} << 10},
                               {"B", 1}};
constexpr Unit time_units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};

std::optional<std::uint64_t> factor_of(std::string_view name, std::span<const Unit> units) {
  if (name.empty()) return 1;
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [name](const Unit& known) { return known.name == name; });
  if (unit == units.end()) return std::nullopt;
  return unit->factor;
}

// usage says what was expected instead, for the message.
Result<std::uint64_t> parse(std::string_view text, std::span<const Unit> units, std::uint64_t most,
                            std::string_view usage) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string_view name = text.substr(digits);
  if (name.size() > 1 && name.front() == ' ') name.remove_prefix(1);
  const auto factor = factor_of(name, units);
  if (digits == 0 || !factor) {
    return fail(Errc::syntax, cat("\"", printable(text), "\" is not ", usage));
  }
  const auto number = parse_decimal<std::uint64_t>(text.substr(0, digits));
  if (!number || *number > most / *factor) {
    return fail(Errc::limit, cat("\"", printable(text), "\" is too large"));
  }
  return *number * *factor;
}

std::string print(std::uint64_t number, std::span<const Unit> units) {
  const auto fits = [number](const Unit& unit) {
    return number >= unit.factor && number % unit.factor == 0;
  };
  const auto unit = std::find_if(units.begin(), units.end() - 1, fits);  // else the smallest
  return cat(number / unit->factor, " ", unit->name);
}

}  // namespace

Result<ByteCount> parse_size(std::string_view text) {
  return parse(text, size_units, std::numeric_limits<ByteCount>::max(),
               "a size; write a number and B, KiB, MiB, GiB or TiB, as in \"50 MiB\"");
}

Result<Seconds> parse_time(std::string_view text) {
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();  // 68 years
  const auto seconds =
      parse(text, time_units, most, "a time; write a number and s, min, h or d, as in \"5 min\"");
  if (!seconds) return tl::unexpected(seconds.error());
  return Seconds{static_cast<Seconds::rep>(*seconds)};
}

std::string print_size(ByteCount octets) {
  return print(octets, size_units);
}

std::string print_time(Seconds time) {
  return print(static_cast<std::uint64_t>(time.count()), time_units);
}

}  // namespace postern::conf
