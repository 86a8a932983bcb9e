// SPDX-License-Identifier: ISC
//
// base/log.cpp - one event, one record; where it goes and what it looks like is settled once.

#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include "base/log_datagram.h"
#include "base/log_socket.h"
#include "base/log_stream.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace postern::log {

namespace {

constexpr const char* usual_syslog_socket = "/dev/log";
constexpr const char* usual_journal_socket = "/run/systemd/journal/socket";

// What a process gets that is broken.
constexpr int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

// The log is the one thing every folder shares and no call passes along.
struct State {
  State();

  Target target;
  Level threshold = Level::info;
  const Face* face = &keyvalue_face();
  UniqueFd file;
  LogStream stream{STDERR_FILENO};
  std::optional<LogSocket> socket;
  pid_t process = ::getpid();  // asked once, and not for each line
  std::uint64_t given_up = 0;  // lines, since log_gap told of some
  std::function<void()> on_lost;
  bool has_told_loss = false;
};

State& state() {
  static State the_state;
  return the_state;
}

// What the parent has kept it will send itself.
void begin_child() noexcept {
  State& log = state();
  log.process = ::getpid();
  if (log.socket) log.socket->forget();
  log.stream.forget();
}

State::State() {
  ::pthread_atfork(nullptr, nullptr, begin_child);
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

// False if a line was given up, this or an older one.
bool write_to_socket(std::string datagram) {
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
  const std::size_t given_up =
      log.stream.write(cat(log.face->heading(record, line.ident), line.text));
  if (given_up > 0) log.given_up += given_up - 1;
  return given_up == 0;
}

// Whether all of its lines got through, or will.
bool write_record(Level level, std::string_view event, std::span<const Field> fields) {
  const Record record{level, event, fields, std::chrono::system_clock::now(), state().process};
  const std::uint64_t given_up = state().given_up;
  for (const Line& line : state().face->lines(record)) {
    if (!write_line(record, line)) ++state().given_up;
  }
  return state().given_up == given_up;
}

// Whether it is not yet known if a line that was written gets through.
bool is_gathering() {
  return state().stream.is_gathering() && !state().socket;
}

// Told when a line gets through again; if this one does not, it is counted like the others.
void write_gap() {
  const std::uint64_t lines = std::exchange(state().given_up, 0);
  log::write(log::Level::warning, "log_gap", {{"lines", lines}});
  state().given_up += state().stream.flush();
  if (state().given_up > 0) state().given_up += lines - 1;
}

// Whoever handled the signal before us does so now: if it comes of what the process did it comes
// again, and one that was sent is sent again.
struct sigaction handled_before[NSIG];

void rescue_lines(int number, siginfo_t* info, void*) noexcept {
  state().stream.rescue();
  ::sigaction(number, &handled_before[number], nullptr);
  if (info->si_code <= 0) ::raise(number);
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
  log.given_up += log.stream.change(file.is_open() ? file.get() : STDERR_FILENO);
  const bool is_syslog = target.kind == Target::Kind::syslog;
  if (is_syslog || target.kind == Target::Kind::journal) {
    const char* usual = is_syslog ? usual_syslog_socket : usual_journal_socket;
    log.socket.emplace(target.path.empty() ? usual : target.path);
  }
  log.target = target;
  log.threshold = threshold;
  log.face = &face;
  log.file = std::move(file);
  log.has_told_loss = false;
  return {};
}

bool is_logged(Level level) {
  return level >= state().threshold;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!is_logged(level)) return;
  const bool is_written = write_record(level, event, {fields.begin(), fields.size()});
  if (is_written && state().given_up > 0 && !is_gathering()) write_gap();
}

bool flush() {
  State& log = state();
  const std::size_t given_up = log.stream.flush();
  log.given_up += given_up;
  if (is_gathering() && given_up == 0 && log.given_up > 0) write_gap();
  if (!log.socket) return true;
  const bool is_done = log.socket->flush(LogSocket::Clock::now());
  tell_loss();
  return is_done;
}

void gather() {
  State& log = state();
  if (log.stream.is_gathering()) return;
  log.stream.gather();
  for (const int number : fatal_signals) {
    struct sigaction rescue {};
    rescue.sa_sigaction = rescue_lines;
    rescue.sa_flags = SA_SIGINFO | SA_NODEFER;
    ::sigaction(number, &rescue, &handled_before[number]);
  }
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
