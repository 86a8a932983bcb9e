// SPDX-License-Identifier: ISC
//
// daemon/inheritance.cpp - what a new binary takes over from the one it replaces.
//
// One line for each thing, in one variable: "pid_file 3", "worker 4711 5 0", "passed 6 submission",
// "listener 7 0 local /run/postern/smtp.sock" (descriptor, column, name, place).

#include "daemon/inheritance.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "base/text.h"

namespace postern::daemon {

namespace {

constexpr const char* variable = "POSTERN_INHERITANCE";

constexpr unsigned check_patience = 30;  // seconds

std::string describe(const Inheritance& inheritance) {
  std::string out = cat("pid_file ", inheritance.pid_file, "\nscoreboard ", inheritance.scoreboard,
                        "\ngenerations ", inheritance.generations, "\n");
  for (const Inheritance::Worker& worker : inheritance.workers) {
    out += cat("worker ", worker.pid, " ", worker.control, " ", worker.row, "\n");
  }
  for (const PassedSocket& socket : inheritance.passed) {
    out += cat("passed ", socket.socket->get(), " ", socket.name, "\n");
  }
  for (const OpenListener& listener : inheritance.listeners) {
    out += cat("listener ", listener.socket->get(), " ", listener.column, " ", listener.name, " ",
               listener.place, "\n");
  }
  return out;
}

// A descriptor has one owner, even if two lines name it.
std::shared_ptr<UniqueFd> own(int fd, const PassedSockets& passed) {
  for (const PassedSocket& socket : passed) {
    if (socket.socket->get() == fd) return socket.socket;
  }
  return std::make_shared<UniqueFd>(fd);
}

void parse_line(const std::string& line, Inheritance& inheritance) {
  std::istringstream in(line);
  std::string kind;
  in >> kind;
  if (kind == "pid_file") in >> inheritance.pid_file;
  if (kind == "scoreboard") in >> inheritance.scoreboard;
  if (kind == "generations") in >> inheritance.generations;
  if (kind == "worker") {
    Inheritance::Worker worker{};
    in >> worker.pid >> worker.control >> worker.row;
    inheritance.workers.push_back(worker);
  }
  if (kind == "passed") {
    int fd = -1;
    std::string name;
    in >> fd >> std::ws;
    std::getline(in, name);
    inheritance.passed.push_back({std::move(name), own(fd, inheritance.passed)});
  }
  if (kind == "listener") {
    int fd = -1;
    OpenListener listener{};
    in >> fd >> listener.column >> listener.name >> std::ws;
    std::getline(in, listener.place);
    listener.socket = own(fd, inheritance.passed);
    inheritance.listeners.push_back(std::move(listener));
  }
}

template <typename Visit>
void for_each_descriptor(const Inheritance& inheritance, Visit visit) {
  for (const int fd : {inheritance.pid_file, inheritance.scoreboard}) {
    if (fd >= 0) visit(fd);
  }
  for (const Inheritance::Worker& worker : inheritance.workers) visit(worker.control);
  for (const PassedSocket& socket : inheritance.passed) visit(socket.socket->get());
  for (const OpenListener& listener : inheritance.listeners) visit(listener.socket->get());
}

// Descriptors close at exec unless told otherwise; ours pass this one exec and no other.
void keep_over_exec(const Inheritance& inheritance) {
  for_each_descriptor(inheritance, [](int fd) { ::fcntl(fd, F_SETFD, 0); });
  ::setenv(variable, describe(inheritance).c_str(), 1);
}

Error failed(const Inheritance& inheritance, const std::string& what) {
  const int reason = errno;
  for_each_descriptor(inheritance, [](int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); });
  ::unsetenv(variable);
  return fail_errno(what, reason).value();
}

}  // namespace

std::optional<Inheritance> take_inheritance() {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  Inheritance inheritance;
  for (const std::string_view line : split_lines(text)) {
    parse_line(std::string(line), inheritance);
  }
  ::unsetenv(variable);
  for_each_descriptor(inheritance, [](int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); });
  return inheritance;
}

bool accepts_configuration(const std::string& path, const Options& options) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(check_patience);  // it outlives exec, and a check that hangs does not outlive it
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execl(path.c_str(), "posternd", "-t", "-c", options.config_path.c_str(), nullptr);
    ::_exit(EX_UNAVAILABLE);
  }
  int status = 0;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

Error become_binary(const std::string& path, const Options& options,
                    const Inheritance& inheritance) {
  std::vector<std::string> arguments = command_line(options);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  keep_over_exec(inheritance);
  ::execv(path.c_str(), pointers.data());
  return failed(inheritance, cat("execute ", path));
}

}  // namespace postern::daemon
