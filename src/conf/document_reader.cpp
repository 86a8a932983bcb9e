// SPDX-License-Identifier: ISC
//
// conf/document_reader.cpp - from a document to a Config, by the table of settings.

#include "conf/document_reader.h"

#include <algorithm>

#include "base/text.h"
#include "conf/defaults.h"
#include "conf/settings.h"
#include "conf/suggestion.h"
#include "conf/value_syntax.h"

namespace postern::conf {

namespace {

// Where in the document the reader stands.
struct Scope {
  Object object;       // what the settings belong to
  std::string prefix;  // of their paths in the table: "", "spool.", "listeners[]."
  std::string place;   // of their places in the document: "", "spool.", "listeners[1]."
};

template <typename Rows>
const auto* find_path(const Rows& rows, std::string_view path) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [path](const auto& known) { return known.path == path; });
  return row == rows.end() ? nullptr : &*row;
}

bool is_group_path(std::string_view path) {
  const std::string prefix = cat(path, ".");
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& setting) { return setting.path.starts_with(prefix); });
}

class Reader {
 public:
  Reader(Config& config, Report& report) : config_(config), report_(report) {}

  void read_group(const Node& group, const Scope& scope) {
    for (const Node& node : group.items) read_member(node, scope);
  }

 private:
  void read_member(const Node& node, const Scope& scope) {
    const std::string path = scope.prefix + node.name;
    const std::string place = scope.place + node.name;
    report_.found(place, node.line);
    if (const Setting* setting = find_path(settings(), path)) {
      read_setting(*setting, node, scope.object, place);
    } else if (const GroupList* list = find_path(group_lists(), path)) {
      read_list(*list, node, place);
    } else if (is_group_path(path)) {
      read_subgroup(node, {scope.object, path + ".", place + "."}, place);
    } else {
      const std::string meant = suggest(scope.prefix, node.name);
      report_.fault(place, meant.empty() ? "unknown setting"
                                         : cat("unknown setting; did you mean ", meant, "?"));
    }
  }

  void read_setting(const Setting& setting, const Node& node, Object object,
                    const std::string& place) {
    const auto value = read_value(setting, node);
    if (value) return set(setting, object, *value);
    for (const LineFault& fault : value.error()) report_.fault_at(fault.line, place, fault.text);
  }

  void read_subgroup(const Node& node, const Scope& scope, const std::string& place) {
    if (node.kind == Node::Kind::group) return read_group(node, scope);
    report_.fault(place, cat("must be a group, { ... }, not ", kind_name(node.kind)));
  }

  void read_list(const GroupList& list, const Node& node, const std::string& place) {
    if (node.kind != Node::Kind::list) {
      return report_.fault(
          place, cat("must be a list of groups, ( { ... }, { ... } ), not ", kind_name(node.kind)));
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      read_element(list, node.items[i], cat(place, "[", i, "]"));
    }
  }

  // Also adds an object for an element that is no group, so that indexes agree.
  void read_element(const GroupList& list, const Node& node, const std::string& place) {
    report_.found(place, node.line);
    const Object object = list.append(config_);
    set_defaults(object);
    const Scope scope{object, cat(list.path, "[]."), place + "."};
    read_subgroup(node, scope, place);
    if (!report_.is_faulty(place)) require_all(scope);
  }

  void require_all(const Scope& scope) {
    for (const Setting& setting : settings()) {
      if (setting.fallback != required || !setting.path.starts_with(scope.prefix)) continue;
      const std::string place = cat(scope.place, setting.path.substr(scope.prefix.size()));
      if (!report_.is_found(place)) report_.fault(place, "missing, and it has no default");
    }
  }

  Config& config_;
  Report& report_;
};

}  // namespace

Config read_document(const Node& document, Report& report) {
  Config config;
  set_defaults(&config);
  Reader{config, report}.read_group(document, {&config, "", ""});
  return config;
}

}  // namespace postern::conf
