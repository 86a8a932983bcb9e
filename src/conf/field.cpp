// SPDX-License-Identifier: ISC
//
// conf/field.cpp - the member that is written as one text but kept in two parts.

#include "conf/field.h"

#include "base/text.h"

namespace postern::conf::detail {

namespace {

using Kind = log::Target::Kind;

// A kind of target that is named by a word, and maybe a path behind it.
struct Name {
  std::string_view word;
  Kind kind;
};

constexpr std::array names_of_targets{Name{"syslog", Kind::syslog}, Name{"journal", Kind::journal},
                                      Name{"stderr", Kind::standard_error}};

}  // namespace

Value to_value(const log::Target& member) {
  for (const Name& name : names_of_targets) {
    if (name.kind != member.kind) continue;
    return cat(name.word, member.path.empty() ? "" : ":", member.path);
  }
  return member.path;
}

void assign(log::Target& member, const Value& v) {
  const auto& text = std::get<std::string>(v);
  const std::string_view word = std::string_view(text).substr(0, text.find(':'));
  member = {Kind::file, text};
  for (const Name& name : names_of_targets) {
    if (name.word != word) continue;
    member = {name.kind, text.size() > word.size() ? text.substr(word.size() + 1) : ""};
  }
}

}  // namespace postern::conf::detail
