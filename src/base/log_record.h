// SPDX-License-Identifier: ISC
//
// base/log_record.h - what is known of one event, before it has a face.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace postern::log {

enum class Level {
  debug,    // for a developer
  info,     // one or a few per session and message
  warning,  // odd, goes on
  error,    // this message or session failed
  alert,    // the operator must act
};

std::string_view name(Level level);

// key=value.  The value may hold what a peer sent: each face makes it safe in its own way.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)), is_number(true) {}

  std::string_view key;  // lower case, digits and "_"
  std::string value;
  bool is_number = false;
};

// One event.  It refers to its name and its fields, which the caller keeps.
struct Record {
  Level level = Level::info;
  std::string_view event;
  std::span<const Field> fields;
  std::chrono::system_clock::time_point time{};
  pid_t process = 0;  // that writes it

  // The value of a field; empty if there is none.
  std::string_view operator[](std::string_view key) const;
};

}  // namespace postern::log
