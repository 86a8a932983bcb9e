// SPDX-License-Identifier: ISC
//
// base/log_face.cpp - how a record is written: key=value, and JSON.

#include "base/log_face.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/json.h"
#include "base/text.h"

namespace postern::log {

namespace {

constexpr std::size_t max_value = 512;  // octets; a peer decides how long some values are
constexpr std::string_view ident = "posternd";

bool needs_quotes(std::string_view value) {
  return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
           return c == ' ' || c == '=' || c == '"' || c == '\\';
         });
}

// What all lines of one second have in common.
struct Second {
  std::time_t seconds = 0;
  std::string begin;  // "2026-01-31T12:34:56"
  std::string zone;   // "+01:00"
};

Second describe(std::time_t seconds) {
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 40> day{};
  std::array<char, 8> zone{};
  const std::size_t length = std::strftime(day.data(), day.size(), "%FT%T", &local);
  std::strftime(zone.data(), zone.size(), "%z", &local);
  return {seconds, std::string(day.data(), length),
          cat(std::string_view(zone.data(), 3), ":", std::string_view(zone.data() + 3, 2))};
}

std::vector<Line> keyvalue_lines(const Record& record) {
  return {{ident, keyvalue_text(record)}};
}

std::string keyvalue_heading(const Record& record, std::string_view who) {
  return cat(timestamp(record.time), " ", who, "[", record.process, "] ", name(record.level), " ");
}

// At most so many octets, and no part of a character.
std::string_view cut(std::string_view text) {
  if (text.size() <= max_value) return text;
  std::size_t end = max_value;
  const auto is_inside = [&text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80;
  };
  while (end > max_value - 4 && is_inside(end)) --end;
  return text.substr(0, is_inside(end) ? max_value : end);
}

std::string json_value(const Field& field) {
  if (field.is_number) return field.value;
  const std::string_view text = cut(field.value);
  return json_string(text.size() < field.value.size() ? cat(text, "...") : field.value);
}

std::vector<Line> json_lines(const Record& record) {
  std::string text =
      cat("{\"time\":", json_string(timestamp(record.time)), ",\"level\":\"", name(record.level),
          "\",\"process\":", record.process, ",\"event\":", json_string(record.event));
  for (const Field& field : record.fields) {
    text += cat(",", json_string(field.key), ":", json_value(field));
  }
  text += '}';
  return {{ident, std::move(text)}};
}

}  // namespace

const Face& keyvalue_face() {
  static constexpr Face face{keyvalue_lines, keyvalue_heading};
  return face;
}

const Face& json_face() {
  static constexpr Face face{json_lines,
                             [](const Record&, std::string_view) { return std::string(); }};
  return face;
}

std::string keyvalue_text(const Record& record) {
  std::string line(record.event);
  for (const Field& field : record.fields) {
    const std::string_view quote = needs_quotes(field.value) ? "\"" : "";
    line += cat(" ", field.key, "=", quote, printable(field.value, max_value), quote);
  }
  return line;
}

std::string timestamp(std::chrono::system_clock::time_point time) {
  static Second last = {};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  if (last.seconds != seconds || last.begin.empty()) last = describe(seconds);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  const std::string fraction = std::to_string(1000 + milliseconds).substr(1);
  return cat(last.begin, ".", fraction, last.zone);
}

}  // namespace postern::log
