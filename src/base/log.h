// SPDX-License-Identifier: ISC
//
// base/log.h - one event, one line.

#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace postern::log {

enum class Level {
  debug,    // for a developer
  info,     // one or a few per session and message
  warning,  // odd, goes on
  error,    // this message or session failed
  alert,    // the operator must act
};

// key=value.  The value may hold what a peer sent: it is made safe when the line is written.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)) {}

  std::string_view key;
  std::string value;
};

struct Target {
  enum class Kind { syslog, standard_error, file };
  Kind kind = Kind::standard_error;
  std::string path;  // Kind::file only
};

// Where events go from now on, and from which level up.  Before the first call: standard
// error, from info.  A file is opened for appending, and must be writable.  On an error the
// old target stays.  The lines of forked children go to the same place.
Result<void> open(const Target& target, Level threshold);

bool is_logged(Level level);

// Writes "event key=value ...".  Events are part of the interface (posternd(8) lists them):
// fail2ban and scripts read them.  Never put a password or the text of a message in a field.
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

// The line that write would write, for tests and for other faces of the same record.
std::string format(std::string_view event, std::initializer_list<Field> fields);

}  // namespace postern::log
