// SPDX-License-Identifier: ISC
//
// base/log_record.cpp - what is known of one event, before it has a face.

#include "base/log_record.h"

#include <algorithm>

namespace postern::log {

std::string_view name(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
    case Level::alert: return "alert";
  }
  return "";
}

std::string_view Record::operator[](std::string_view key) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [key](const Field& f) { return f.key == key; });
  return found == fields.end() ? std::string_view{} : std::string_view{found->value};
}

}  // namespace postern::log
