// SPDX-License-Identifier: ISC
//
// conf/settings.h - the one table of settings.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "conf/checks.h"
#include "conf/value.h"

namespace postern::conf {

// How a setting is written in the file, and which alternative of Value it becomes.
enum class Type {
  string,   // std::string
  boolean,  // bool
  count,    // std::uint64_t, from an integer
  size,     // std::uint64_t octets, from an integer or a string with a unit
  time,     // std::uint64_t seconds, from an integer or a string with a unit
  choice,   // std::string, one of choices
  list,     // std::vector<std::string>, from [ ] or ( )
};

// Stand in Setting::fallback where there is no value that always holds.
inline constexpr std::string_view required = "required";  // the file must set it
inline constexpr std::string_view derived = "derived";    // worked out from other settings
inline constexpr std::string_view absent = "absent";      // may be left out: empty or 0 then

struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;  // inclusive
};

struct Setting {
  std::string_view path;  // "spool.min_free"; in a list of groups "listeners[].port"
  Type type;
  std::string_view fallback;  // the default in libconfig syntax, or one of the words above
  Bounds bounds;              // count, size and time
  std::span<const std::string_view> choices;
  Check check;               // of a string or of each element of a list; may be null
  std::string_view meaning;  // one line
  AnyAccessor accessor;
};

// A list whose elements are groups: "listeners" or "tls.certificates".
struct GroupList {
  std::string_view path;
  Object (*append)(Config&);  // what it returns lives until the next append
  std::size_t (*size)(const Config&);
  ConstObject (*at)(const Config&, std::size_t index);
};

// In the order of postern.conf(5) and of effective_settings.  Settings of one group are together.
std::span<const Setting> settings();
std::span<const GroupList> group_lists();

// object must be what the setting belongs to.
Value get(const Setting& setting, ConstObject object);
void set(const Setting& setting, Object object, const Value& value);

// Whether setting is among those of objects like this one.
bool belongs_to(const Setting& setting, Object object);

}  // namespace postern::conf
