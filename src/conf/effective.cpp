// SPDX-License-Identifier: ISC
//
// conf/effective.cpp - a Config as a configuration file (posternd -T).

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "conf/loader.h"
#include "conf/settings.h"
#include "conf/value_syntax.h"

namespace postern::conf {

namespace {

bool is_left_out(const Setting& setting, const Value& value) {
  return setting.fallback == absent &&
         (value == Value{std::string()} || value == Value{std::uint64_t{0}});
}

class Printer {
 public:
  explicit Printer(const Config& config) : config_(config) {}

  // The settings whose paths begin with prefix, groups after groups as the table has them.
  void print_group(ConstObject object, std::string_view prefix, const std::string& indent) {
    std::string_view last_group;
    for (const Setting& setting : settings()) {
      if (!setting.path.starts_with(prefix)) continue;
      const std::string_view name = setting.path.substr(prefix.size());
      const std::size_t dot = name.find('.');
      if (dot == std::string_view::npos) {
        print_setting(setting, name, object, indent);
      } else if (const auto group = name.substr(0, dot); group != last_group) {
        last_group = group;
        print_subgroup(object, prefix, group, indent);
      }
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void print_setting(const Setting& setting, std::string_view name, ConstObject object,
                     const std::string& indent) {
    const Value value = get(setting, object);
    if (is_left_out(setting, value)) return;
    out_ += cat(indent, name, " = ", print_value(setting, value), ";\n");
  }

  void print_subgroup(ConstObject object, std::string_view prefix, std::string_view group,
                      const std::string& indent) {
    if (group.ends_with("[]")) {
      group.remove_suffix(2);
      return print_list(cat(prefix, group), group, indent);
    }
    out_ += cat(indent, group, " = {\n");
    print_group(object, cat(prefix, group, "."), indent + "  ");
    out_ += cat(indent, "};\n");
  }

  void print_list(const std::string& path, std::string_view name, const std::string& indent) {
    const auto list = std::find_if(group_lists().begin(), group_lists().end(),
                                   [&path](const GroupList& known) { return known.path == path; });
    if (list == group_lists().end()) return;
    out_ += cat(indent, name, " = (");
    for (std::size_t i = 0; i < list->size(config_); ++i) {
      out_ += cat(i == 0 ? "\n" : ",\n", indent, "  {\n");
      print_group(list->at(config_, i), path + "[].", indent + "    ");
      out_ += cat(indent, "  }");
    }
    out_ += list->size(config_) == 0 ? " );\n" : cat("\n", indent, ");\n");
  }

  const Config& config_;
  std::string out_;
};

}  // namespace

std::string effective_settings(const Config& config) {
  Printer printer{config};
  printer.print_group(&config, "", "");
  return printer.take();
}

}  // namespace postern::conf
