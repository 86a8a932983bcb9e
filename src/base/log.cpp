// SPDX-License-Identifier: ISC
//
// base/log.cpp - one event, one line.

#include "base/log.h"

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "base/text.h"
#include "base/unique_fd.h"

namespace postern::log {

namespace {

constexpr std::size_t max_value = 512;  // octets; a peer decides how long some values are

// The log is the one thing every folder shares and no call passes along.
struct State {
  Target target;
  Level threshold = Level::info;
  UniqueFd file;
};

State& state() {
  static State the_state;
  return the_state;
}

int syslog_priority(Level level) {
  switch (level) {
    case Level::debug: return LOG_DEBUG;
    case Level::info: return LOG_INFO;
    case Level::warning: return LOG_WARNING;
    case Level::error: return LOG_ERR;
    case Level::alert: return LOG_ALERT;
  }
  return LOG_ERR;
}

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

// RFC 3339 with milliseconds, in local time, as syslog daemons write it.
std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 40> day{};
  std::array<char, 8> zone{};
  const std::size_t day_length = std::strftime(day.data(), day.size(), "%FT%T", &local);
  std::strftime(zone.data(), zone.size(), "%z", &local);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  const std::string fraction = std::to_string(1000 + milliseconds).substr(1);
  return cat(std::string_view(day.data(), day_length), ".", fraction,
             std::string_view(zone.data(), 3), ":", std::string_view(zone.data() + 3, 2));
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" =\"\\") != std::string_view::npos;
}

void write_line(int fd, Level level, const std::string& text) {
  const std::string line =
      cat(timestamp(), " posternd[", ::getpid(), "] ", name(level), " ", text, "\n");
  // One write a line: lines of several processes do not mix.  If the disk of the log is full
  // there is nobody to tell, and mail goes on.
  [[maybe_unused]] const ssize_t written = ::write(fd, line.data(), line.size());
}

}  // namespace

Result<void> open(const Target& target, Level threshold) {
  UniqueFd file;
  if (target.kind == Target::Kind::file) {
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
    file.reset(::open(target.path.c_str(), flags, 0640));
    if (!file.is_open()) return fail_errno(cat("open log file ", target.path), errno);
  }
  if (target.kind == Target::Kind::syslog) {
    ::closelog();
    ::openlog("posternd", LOG_PID | LOG_NDELAY, LOG_MAIL);
  }
  state().target = target;
  state().threshold = threshold;
  state().file = std::move(file);
  return {};
}

bool is_logged(Level level) {
  return level >= state().threshold;
}

std::string format(std::string_view event, std::initializer_list<Field> fields) {
  std::string line(event);
  for (const Field& field : fields) {
    const std::string value = printable(field.value, max_value);
    line += cat(" ", field.key, "=");
    line += needs_quotes(field.value) ? cat("\"", value, "\"") : value;
  }
  return line;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!is_logged(level)) return;
  const std::string line = format(event, fields);
  switch (state().target.kind) {
    case Target::Kind::syslog: ::syslog(syslog_priority(level), "%s", line.c_str()); return;
    case Target::Kind::standard_error: write_line(STDERR_FILENO, level, line); return;
    case Target::Kind::file: write_line(state().file.get(), level, line); return;
  }
}

}  // namespace postern::log
