// SPDX-License-Identifier: ISC
//
// conf/field.cpp - the member that is written as one text but kept in two parts.

#include "conf/field.h"

namespace postern::conf::detail {

Value to_value(const log::Target& member) {
  switch (member.kind) {
    case log::Target::Kind::syslog: return std::string("syslog");
    case log::Target::Kind::standard_error: return std::string("stderr");
    case log::Target::Kind::file: return member.path;
  }
  return std::string();
}

void assign(log::Target& member, const Value& v) {
  const auto& text = std::get<std::string>(v);
  if (text == "syslog") {
    member = {log::Target::Kind::syslog, ""};
  } else if (text == "stderr") {
    member = {log::Target::Kind::standard_error, ""};
  } else {
    member = {log::Target::Kind::file, text};
  }
}

}  // namespace postern::conf::detail
