// SPDX-License-Identifier: ISC
//
// conf/document.cpp - libconfig's tree as values.  Nothing else in the program knows libconfig.

#include "conf/document.h"

#include <libconfig.h>

#include <span>

namespace postern::conf {

namespace {

// Owns libconfig's tree.
class Library {
 public:
  Library() { ::config_init(&config_); }
  ~Library() { ::config_destroy(&config_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  bool read(const std::string& text) {
    return ::config_read_string(&config_, text.c_str()) == CONFIG_TRUE;
  }
  const config_setting_t* root() const { return config_root_setting(&config_); }

  LineFault fault() const {
    const int line = config_error_line(&config_);
    return {line > 0 ? static_cast<unsigned>(line) : 0, describe(config_error_text(&config_))};
  }

 private:
  static std::string describe(const char* error) {
    const std::string_view text = error == nullptr ? "syntax error" : error;
    if (text == "syntax error") {
      return "syntax error here or just before; look for a missing quote, bracket or \"=\"";
    }
    if (text == "duplicate setting name") return "this name is set twice in its group";
    if (text == "mismatched element type in array") {
      return "the elements between [ and ] must be of one type";
    }
    return std::string(text);
  }

  config_t config_{};
};

// Turns the tree into nodes, in the order of the text.
class Converter {
 public:
  explicit Converter(std::span<const unsigned> string_lines) : string_lines_(string_lines) {}

  Node convert(const config_setting_t* setting) {
    Node node;
    if (setting->name != nullptr) node.name = setting->name;
    node.line = config_setting_source_line(setting);
    switch (config_setting_type(setting)) {
      case CONFIG_TYPE_STRING: take_string(setting, node); break;
      case CONFIG_TYPE_INT:
      case CONFIG_TYPE_INT64:
        node.kind = Node::Kind::integer;
        node.number = ::config_setting_get_int64(setting);
        break;
      case CONFIG_TYPE_FLOAT: node.kind = Node::Kind::fraction; break;
      case CONFIG_TYPE_BOOL:
        node.kind = Node::Kind::boolean;
        node.flag = ::config_setting_get_bool(setting) != 0;
        break;
      case CONFIG_TYPE_GROUP: take_items(setting, node, Node::Kind::group); break;
      default: take_items(setting, node, Node::Kind::list);
    }
    return node;
  }

 private:
  // libconfig has read the token behind a string before it notes the line of an element, and
  // that token may be on a later line.
  void take_string(const config_setting_t* setting, Node& node) {
    node.kind = Node::Kind::string;
    if (const char* text = ::config_setting_get_string(setting)) node.text = text;
    if (string_lines_.empty()) return;
    if (node.name.empty()) node.line = string_lines_.front();
    string_lines_ = string_lines_.subspan(1);
  }

  void take_items(const config_setting_t* setting, Node& node, Node::Kind kind) {
    node.kind = kind;
    const auto count = static_cast<unsigned>(::config_setting_length(setting));
    node.items.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
      node.items.push_back(convert(::config_setting_get_elem(setting, i)));
    }
  }

  std::span<const unsigned> string_lines_;  // those not yet used
};

}  // namespace

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::group: return "a group";
    case Node::Kind::list: return "a list";
    case Node::Kind::string: return "a string";
    case Node::Kind::integer: return "a number";
    case Node::Kind::fraction: return "a number with a fraction";
    case Node::Kind::boolean: return "true or false";
  }
  return "";
}

tl::expected<Node, LineFault> parse(const SourceText& source) {
  Library library;
  if (!library.read(source.text())) return tl::unexpected(library.fault());
  return Converter{source.string_lines()}.convert(library.root());
}

}  // namespace postern::conf
