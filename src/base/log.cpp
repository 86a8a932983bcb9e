// SPDX-License-Identifier: ISC
//
// base/log.cpp - one event, one record; where it goes and what it looks like is settled once.

#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include "base/log_datagram.h"
#include "base/log_socket.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace postern::log {

namespace {

constexpr const char* usual_syslog_socket = "/dev/log";
constexpr const char* usual_journal_socket = "/run/systemd/journal/socket";

// The log is the one thing every folder shares and no call passes along.
struct State {
  Target target;
  Level threshold = Level::info;
  const Face* face = &keyvalue_face();
  UniqueFd file;
  std::optional<LogSocket> socket;
  pid_t owner = 0;             // whose lines the socket keeps
  std::uint64_t given_up = 0;  // lines, since log_gap told of some
  bool is_at_line_start = true;
  std::function<void()> on_lost;
  bool has_told_loss = false;
};

State& state() {
  static State the_state;
  return the_state;
}

// One write a line: lines of several processes do not mix.  If the disk of the log is full mail
// goes on, and what was written of a line is ended before the next.
bool write_to_stream(int fd, const std::string& heading, const std::string& text) {
  const std::string line = cat(state().is_at_line_start ? "" : "\n", heading, text, "\n");
  const ssize_t written = ::write(fd, line.data(), line.size());
  const bool is_whole = written == static_cast<ssize_t>(line.size());
  if (written > 0) state().is_at_line_start = is_whole;
  return is_whole;
}

void tell_loss() {
  State& log = state();
  if (!log.socket->is_lost()) {
    log.has_told_loss = false;
    return;
  }
  if (std::exchange(log.has_told_loss, true)) return;
  if (log.on_lost) log.on_lost();
}

void adopt_socket() {
  State& log = state();
  const pid_t self = ::getpid();
  if (log.owner != self) log.socket->forget();
  log.owner = self;
}

// False if a line was given up, this or an older one.
bool write_to_socket(std::string datagram) {
  adopt_socket();
  const std::size_t given_up = state().socket->send(std::move(datagram), LogSocket::Clock::now());
  if (given_up > 0) state().given_up += given_up - 1;
  tell_loss();
  return given_up == 0;
}

bool write_line(const Record& record, const Line& line) {
  State& log = state();
  switch (log.target.kind) {
    case Target::Kind::syslog: return write_to_socket(syslog_datagram(record, line));
    case Target::Kind::journal: return write_to_socket(journal_datagram(record, line));
    case Target::Kind::standard_error:
    case Target::Kind::file: break;
  }
  const bool is_file = log.target.kind == Target::Kind::file;
  return write_to_stream(is_file ? log.file.get() : STDERR_FILENO,
                         log.face->heading(record, line.ident), line.text);
}

// Whether all of its lines got through, or will.
bool write_record(Level level, std::string_view event, std::span<const Field> fields) {
  const Record record{level, event, fields, std::chrono::system_clock::now(), ::getpid()};
  const std::uint64_t given_up = state().given_up;
  for (const Line& line : state().face->lines(record)) {
    if (!write_line(record, line)) ++state().given_up;
  }
  return state().given_up == given_up;
}

// Told when a line gets through again; if this one does not, it is counted like the others.
void write_gap() {
  const std::uint64_t lines = std::exchange(state().given_up, 0);
  log::write(log::Level::warning, "log_gap", {{"lines", lines}});
  if (state().given_up > 0) state().given_up += lines - 1;
}

}  // namespace

Result<void> open(const Target& target, Level threshold, const Face& face) {
  ::tzset();  // while the files that say what time it is here can be read
  UniqueFd file;
  if (target.kind == Target::Kind::file) {
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
    file.reset(::open(target.path.c_str(), flags, 0640));
    if (!file.is_open()) return fail_errno(cat("open log file ", target.path), errno);
  }
  State& log = state();
  if (log.socket) log.socket->flush(LogSocket::Clock::now());
  log.socket.reset();
  const bool is_syslog = target.kind == Target::Kind::syslog;
  if (is_syslog || target.kind == Target::Kind::journal) {
    const char* usual = is_syslog ? usual_syslog_socket : usual_journal_socket;
    log.socket.emplace(target.path.empty() ? usual : target.path);
    log.owner = ::getpid();
  }
  log.target = target;
  log.threshold = threshold;
  log.face = &face;
  log.file = std::move(file);
  log.is_at_line_start = true;
  log.has_told_loss = false;
  return {};
}

bool is_logged(Level level) {
  return level >= state().threshold;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!is_logged(level)) return;
  const bool is_written = write_record(level, event, {fields.begin(), fields.size()});
  if (is_written && state().given_up > 0) write_gap();
}

bool flush() {
  State& log = state();
  if (!log.socket) return true;
  adopt_socket();
  const bool is_done = log.socket->flush(LogSocket::Clock::now());
  tell_loss();
  return is_done;
}

bool reconnect() {
  State& log = state();
  return !log.socket || log.socket->reconnect(LogSocket::Clock::now());
}

void on_lost(std::function<void()> callback) {
  state().on_lost = std::move(callback);
  state().has_told_loss = false;  // what a parent was told is not what this process was
}

}  // namespace postern::log
