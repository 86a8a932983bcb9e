// SPDX-License-Identifier: ISC
//
// t/unit/conf_settings_test.cpp - the table of settings is in itself right.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "base/text.h"
#include "conf/defaults.h"
#include "conf/settings.h"
#include "conf/value_syntax.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;

namespace {

std::string group_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return std::string(path.substr(0, dot == std::string_view::npos ? 0 : dot));
}

// An object that setting belongs to.
struct Objects {
  Config config;
  Listener listener;
  Certificate certificate;
  Link link;
  Period period;
  AppleTalkName name;

  Object of(const Setting& setting) {
    for (const Object object : {Object{&config}, Object{&listener}, Object{&certificate},
                                Object{&link}, Object{&period}, Object{&name}}) {
      if (belongs_to(setting, object)) return object;
    }
    return &config;
  }
  static ConstObject constant(Object object) {
    return std::visit([](auto* pointer) -> ConstObject { return pointer; }, object);
  }
};

// Some value that is not the default.
Value another_value(const Setting& setting) {
  switch (setting.type) {
    case Type::string: return std::string("/another");
    case Type::boolean: return setting.fallback != "true";
    case Type::choice: return std::string(setting.choices.back());
    case Type::count:
    case Type::size:
    case Type::time: return setting.bounds.most;
    case Type::list: return std::vector<std::string>{"another"};
  }
  return false;
}

std::string read_whole(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_GROUP(ConfSettings){};

TEST(ConfSettings, EachPathIsThereOnce) {
  std::set<std::string_view> paths;
  for (const Setting& setting : settings()) {
    CHECK_TEXT(paths.insert(setting.path).second, std::string(setting.path).c_str());
  }
}

TEST(ConfSettings, SettingsOfAGroupAreTogether) {
  std::set<std::string> closed;
  std::string current;
  for (const Setting& setting : settings()) {
    const std::string group = group_of(setting.path);
    if (group == current) continue;
    CHECK_TEXT(closed.insert(current).second, group.c_str());
    CHECK_TEXT(!closed.contains(group), group.c_str());
    current = group;
  }
}

TEST(ConfSettings, EachHasAMeaningOfOneLine) {
  for (const Setting& setting : settings()) {
    CHECK_TEXT(!setting.meaning.empty() && setting.meaning.size() < 90,
               std::string(setting.path).c_str());
    CHECK_TEXT(setting.meaning.find('\n') == std::string_view::npos,
               std::string(setting.path).c_str());
  }
}

TEST(ConfSettings, EachDefaultIsAValueOfItsSetting) {
  for (const Setting& setting : settings()) {
    const std::string path(setting.path);
    const auto value = default_value(setting);
    const bool is_word =
        setting.fallback == required || setting.fallback == derived || setting.fallback == absent;
    CHECK_TEXT(is_word == !value.has_value(), path.c_str());
    if (!value) continue;
    // The default is written as posternd -T and the manual page write it.
    STRCMP_EQUAL_TEXT(std::string(setting.fallback).c_str(), print_value(setting, *value).c_str(),
                      path.c_str());
  }
}

TEST(ConfSettings, NumbersHaveBoundsAndChoicesHaveChoices) {
  for (const Setting& setting : settings()) {
    const std::string path(setting.path);
    const bool is_number =
        setting.type == Type::count || setting.type == Type::size || setting.type == Type::time;
    CHECK_TEXT(is_number == (setting.bounds.least < setting.bounds.most), path.c_str());
    CHECK_TEXT((setting.type == Type::choice) == (setting.choices.size() > 1), path.c_str());
    CHECK_TEXT(setting.type == Type::list ? setting.check != nullptr : true, path.c_str());
  }
}

TEST(ConfSettings, WhatIsSetIsWhatOneGets) {
  for (const Setting& setting : settings()) {
    Objects objects;
    const Object object = objects.of(setting);
    const Value value = another_value(setting);
    set(setting, object, value);
    CHECK_TEXT(get(setting, Objects::constant(object)) == value, std::string(setting.path).c_str());
  }
}

TEST(ConfSettings, EachSettingHasAMemberOfItsOwn) {
  for (const Setting& setting : settings()) {
    Objects objects;
    for (const Setting& other : settings()) {
      if (default_value(other)) set(other, objects.of(other), *default_value(other));
    }
    set(setting, objects.of(setting), another_value(setting));
    for (const Setting& other : settings()) {
      if (other.path == setting.path || !default_value(other)) continue;
      CHECK_TEXT(get(other, Objects::constant(objects.of(other))) == *default_value(other),
                 cat(setting.path, " and ", other.path).c_str());
    }
  }
}

TEST(ConfSettings, LogTargetsKeepTheirKind) {
  const auto setting = std::find_if(settings().begin(), settings().end(),
                                    [](const Setting& s) { return s.path == "log.target"; });
  for (const char* target : {"syslog", "syslog:/run/log", "journal", "journal:/run/journal",
                             "stderr", "/var/log/postern.log", "/var/log:odd"}) {
    Config config;
    set(*setting, &config, std::string(target));
    CHECK_TEXT(get(*setting, &config) == Value{std::string(target)}, target);
  }
}

TEST(ConfSettings, TheExampleFileShowsEachOne) {
  const std::string example = read_whole("etc/postern.conf");
  CHECK_TEXT(!example.empty(), "run the tests where etc/postern.conf is");
  for (const Setting& setting : settings()) {
    const std::size_t dot = setting.path.rfind('.');
    const auto name = setting.path.substr(dot == std::string_view::npos ? 0 : dot + 1);
    CHECK_TEXT(example.find(cat(name, " = ")) != std::string::npos,
               std::string(setting.path).c_str());
  }
}

TEST(ConfSettings, TheExampleFileShowsTheDefaults) {
  const std::string example = read_whole("etc/postern.conf");
  for (const Setting& setting : settings()) {
    if (!default_value(setting) || setting.fallback == "\"\"") continue;
    const std::size_t dot = setting.path.rfind('.');
    const auto name = setting.path.substr(dot == std::string_view::npos ? 0 : dot + 1);
    CHECK_TEXT(example.find(cat(name, " = ", setting.fallback, ";")) != std::string::npos,
               std::string(setting.path).c_str());
  }
}
