// SPDX-License-Identifier: ISC
//
// base/log_datagram.cpp - a line of the log as the daemons that collect it want it.

#include "base/log_datagram.h"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"

namespace postern::log {

namespace {

constexpr std::size_t max_journal_value = 4096;

int severity(Level level) {
  switch (level) {
    case Level::debug: return LOG_DEBUG;
    case Level::info: return LOG_INFO;
    case Level::warning: return LOG_WARNING;
    case Level::error: return LOG_ERR;
    case Level::alert: return LOG_ALERT;
  }
  return LOG_ERR;
}

// The months have English names whatever the locale: it is a format, not a text.
std::string syslog_time(std::chrono::system_clock::time_point time) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const auto month = static_cast<std::size_t>(local.tm_mon) * 3;
  return cat(months.substr(month, 3), local.tm_mday < 10 ? "  " : " ", local.tm_mday, " ",
             two_digits(local.tm_hour), ":", two_digits(local.tm_min), ":",
             two_digits(local.tm_sec));
}

// "KEY=value" and a line end; a value with line ends of its own has its size before it instead.
void append_journal_field(std::string& out, std::string_view key, std::string_view value) {
  value = value.substr(0, max_journal_value);
  if (value.find('\n') == std::string_view::npos) {
    out += cat(key, "=", value, "\n");
    return;
  }
  out += cat(key, "\n");
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out += static_cast<char>(std::uint64_t{value.size()} >> shift & 0xff);
  }
  out += cat(value, "\n");
}

std::string journal_key(std::string_view key) {
  std::string out = cat("POSTERN_", key);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

}  // namespace

std::string syslog_datagram(const Record& record, const Line& line) {
  return cat("<", LOG_MAIL | severity(record.level), ">", syslog_time(record.time), " ", line.ident,
             "[", record.process, "]: ", line.text);
}

std::string journal_datagram(const Record& record, const Line& line) {
  std::string out;
  append_journal_field(out, "MESSAGE", line.text);
  append_journal_field(out, "PRIORITY", std::to_string(severity(record.level)));
  append_journal_field(out, "SYSLOG_FACILITY", std::to_string(LOG_MAIL >> 3));
  append_journal_field(out, "SYSLOG_IDENTIFIER", line.ident);
  append_journal_field(out, "SYSLOG_PID", std::to_string(record.process));
  append_journal_field(out, "POSTERN_EVENT", record.event);
  for (const Field& field : record.fields) {
    append_journal_field(out, journal_key(field.key), field.value);
  }
  return out;
}

}  // namespace postern::log
