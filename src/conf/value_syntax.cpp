// SPDX-License-Identifier: ISC
//
// conf/value_syntax.cpp - values as the file writes them.

#include "conf/value_syntax.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "conf/units.h"

namespace postern::conf {

namespace {

using ReadValue = tl::expected<Value, std::vector<LineFault>>;

// "a", "b" or "c".
std::string join_choices(std::span<const std::string_view> choices) {
  std::string out;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) out += i + 1 == choices.size() ? " or " : ", ";
    out += cat("\"", choices[i], "\"");
  }
  return out;
}

std::string expected_form(const Setting& setting) {
  switch (setting.type) {
    case Type::string: return "a string in double quotes";
    case Type::boolean: return "true or false";
    case Type::count: return "a whole number";
    case Type::size: return "a size such as \"50 MiB\"";
    case Type::time: return "a time such as \"5 min\"";
    case Type::choice: return join_choices(setting.choices);
    case Type::list: return "a list such as [ \"a\", \"b\" ]";
  }
  return {};
}

std::string wrong_kind(const Setting& setting, const Node& node) {
  return cat("must be ", expected_form(setting), ", not ", kind_name(node.kind));
}

Result<void> check_text(const std::string& text, Check check) {
  if (!is_utf8(text)) return fail(Errc::syntax, cat("\"", printable(text), "\" is not UTF-8"));
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return fail(Errc::syntax, cat("\"", printable(text), "\" has a control character"));
  }
  return check == nullptr ? Result<void>{} : check(text);
}

std::string print_number(Type type, std::uint64_t number) {
  if (type == Type::size) return print_size(number);
  if (type == Type::time) return print_time(Seconds{static_cast<Seconds::rep>(number)});
  return cat(number);
}

Result<Value> read_string(const Setting& setting, const Node& node) {
  if (node.kind != Node::Kind::string) return fail(Errc::syntax, wrong_kind(setting, node));
  if (const auto good = check_text(node.text, setting.check); !good) {
    return tl::unexpected(good.error());
  }
  return node.text;
}

Result<Value> read_boolean(const Setting& setting, const Node& node) {
  if (node.kind != Node::Kind::boolean) return fail(Errc::syntax, wrong_kind(setting, node));
  return node.flag;
}

Result<Value> read_choice(const Setting& setting, const Node& node) {
  if (node.kind != Node::Kind::string) return fail(Errc::syntax, wrong_kind(setting, node));
  const auto& choices = setting.choices;
  if (std::find(choices.begin(), choices.end(), node.text) == choices.end()) {
    return fail(Errc::syntax,
                cat("must be ", expected_form(setting), ", not \"", printable(node.text), "\""));
  }
  return node.text;
}

Result<std::uint64_t> parse_number(const Setting& setting, const Node& node) {
  if (node.kind == Node::Kind::integer && node.number >= 0) {
    return static_cast<std::uint64_t>(node.number);
  }
  if (node.kind == Node::Kind::integer) return fail(Errc::limit, "must not be negative");
  if (node.kind == Node::Kind::string && setting.type == Type::size) return parse_size(node.text);
  if (node.kind == Node::Kind::string && setting.type == Type::time) {
    return parse_time(node.text).map(
        [](Seconds time) { return static_cast<std::uint64_t>(time.count()); });
  }
  return fail(Errc::syntax, wrong_kind(setting, node));
}

Result<Value> read_number(const Setting& setting, const Node& node) {
  const auto number = parse_number(setting, node);
  if (!number) return tl::unexpected(number.error());
  const auto [least, most] = setting.bounds;
  if (*number < least || *number > most) {
    const auto print = [&](std::uint64_t n) { return print_number(setting.type, n); };
    return fail(Errc::limit, cat(node.kind == Node::Kind::string ? node.text : print(*number),
                                 " is outside ", print(least), " to ", print(most)));
  }
  return *number;
}

Result<Value> read_scalar(const Setting& setting, const Node& node) {
  switch (setting.type) {
    case Type::string: return read_string(setting, node);
    case Type::boolean: return read_boolean(setting, node);
    case Type::choice: return read_choice(setting, node);
    case Type::count:
    case Type::size:
    case Type::time: return read_number(setting, node);
    case Type::list: break;  // read_list
  }
  return fail(Errc::syntax, wrong_kind(setting, node));
}

ReadValue read_list(const Setting& setting, const Node& node) {
  std::vector<std::string> texts;
  std::vector<LineFault> faults;
  for (const Node& item : node.items) {
    if (item.kind != Node::Kind::string) {
      faults.push_back({item.line, cat("an element must be a string in double quotes, not ",
                                       kind_name(item.kind))});
    } else if (const auto good = check_text(item.text, setting.check); !good) {
      faults.push_back({item.line, good.error().message()});
    } else {
      texts.push_back(item.text);
    }
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return texts;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string out = "[ ";
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ", ";
    out += quoted(texts[i]);
  }
  return out + (texts.empty() ? "]" : " ]");
}

}  // namespace

ReadValue read_value(const Setting& setting, const Node& node) {
  if (setting.type == Type::list && node.kind == Node::Kind::list) return read_list(setting, node);
  auto value = read_scalar(setting, node);
  if (!value) return tl::unexpected(std::vector{LineFault{node.line, value.error().message()}});
  return std::move(*value);
}

std::string print_value(const Setting& setting, const Value& value) {
  switch (setting.type) {
    case Type::string:
    case Type::choice: return quoted(std::get<std::string>(value));
    case Type::boolean: return std::get<bool>(value) ? "true" : "false";
    case Type::count: return cat(std::get<std::uint64_t>(value));
    case Type::size:
    case Type::time: return quoted(print_number(setting.type, std::get<std::uint64_t>(value)));
    case Type::list: return quoted_list(std::get<std::vector<std::string>>(value));
  }
  return {};
}

}  // namespace postern::conf
