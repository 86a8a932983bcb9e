// SPDX-License-Identifier: ISC
//
// daemon/inheritance.cpp - what a new binary takes over from the one it replaces.
//
// One line for each thing, in one variable: "pid_file 3", "worker 4711 5 0 2 1 /var/spool/postern",
// "passed 6 submission", "listener 7 local /run/postern/smtp.sock" (descriptor, name, place).

#include "daemon/inheritance.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "base/text.h"
#include "daemon/exit_status.h"

namespace postern::daemon {

namespace {

// A line of another version is not to be read: what it means may have changed.
constexpr std::string_view format = "format 2";

constexpr std::chrono::seconds trial_patience{30};
constexpr std::size_t max_complaint = 4096;

const char* variable_of(Takeover takeover) {
  return takeover == Takeover::real ? "POSTERN_INHERITANCE" : "POSTERN_TRIAL";
}

std::string describe(const Inheritance& inheritance) {
  std::string out =
      cat(format, "\npid_file ", inheritance.pid_file, "\nscoreboard ", inheritance.scoreboard,
          "\nticket_keys ", inheritance.ticket_keys, "\njournals ", inheritance.journals,
          "\nboard ", inheritance.board, "\ngenerations ", inheritance.generations, "\n");
  for (const Inheritance::Worker& worker : inheritance.workers) {
    out += cat("worker ", worker.pid, " ", worker.control, " ", worker.row, " ", worker.epoch, " ",
               worker.is_ending ? 1 : 0, " ", worker.spool, "\n");
  }
  for (const Inheritance::Journal& journal : inheritance.unrecovered) {
    out += cat("journal ", journal.row, " ", journal.spool, "\n");
  }
  for (const Inheritance::Gateway& gateway : inheritance.gateways) {
    out += cat("gateway ", gateway.pid, " ", gateway.control, "\n");
  }
  for (const PassedSocket& socket : inheritance.passed) {
    out += cat("passed ", socket.socket->get(), " ", socket.name, "\n");
  }
  for (std::size_t i = 0; i < inheritance.columns.size(); ++i) {
    if (!inheritance.columns[i].empty())
      out += cat("column ", i, " ", inheritance.columns[i], "\n");
  }
  for (const OpenListener& listener : inheritance.listeners) {
    out += cat("listener ", listener.socket->get(), " ", listener.name, " ", listener.place, "\n");
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
  if (kind == "journals") in >> inheritance.journals;
  if (kind == "ticket_keys") in >> inheritance.ticket_keys;
  if (kind == "board") in >> inheritance.board;
  if (kind == "generations") in >> inheritance.generations;
  if (kind == "gateway") {
    Inheritance::Gateway gateway{};
    in >> gateway.pid >> gateway.control;
    inheritance.gateways.push_back(gateway);
  }
  if (kind == "worker") {
    Inheritance::Worker worker{};
    in >> worker.pid >> worker.control >> worker.row >> worker.epoch >> worker.is_ending >> std::ws;
    std::getline(in, worker.spool);
    inheritance.workers.push_back(worker);
  }
  if (kind == "journal") {
    Inheritance::Journal journal{};
    in >> journal.row >> std::ws;
    std::getline(in, journal.spool);
    inheritance.unrecovered.push_back(std::move(journal));
  }
  if (kind == "passed") {
    int fd = -1;
    std::string name;
    in >> fd >> std::ws;
    std::getline(in, name);
    inheritance.passed.push_back({std::move(name), own(fd, inheritance.passed)});
  }
  if (kind == "column") {
    std::size_t column = 0;
    std::string name;
    in >> column >> name;
    inheritance.columns.resize(std::max(inheritance.columns.size(), column + 1));
    inheritance.columns[column] = std::move(name);
  }
  if (kind == "listener") {
    int fd = -1;
    OpenListener listener{};
    in >> fd >> listener.name >> std::ws;
    std::getline(in, listener.place);
    listener.socket = own(fd, inheritance.passed);
    inheritance.listeners.push_back(std::move(listener));
  }
}

template <typename Visit>
void for_each_descriptor(const Inheritance& inheritance, Visit visit) {
  for (const int fd : {inheritance.pid_file, inheritance.scoreboard, inheritance.ticket_keys,
                       inheritance.journals, inheritance.board}) {
    if (fd >= 0) visit(fd);
  }
  for (const Inheritance::Gateway& gateway : inheritance.gateways) {
    if (gateway.control >= 0) visit(gateway.control);
  }
  for (const Inheritance::Worker& worker : inheritance.workers) visit(worker.control);
  for (const PassedSocket& socket : inheritance.passed) visit(socket.socket->get());
  for (const OpenListener& listener : inheritance.listeners) visit(listener.socket->get());
}

// Descriptors close at exec unless told otherwise; ours pass this one exec and no other.
void keep_over_exec(const Inheritance& inheritance, Takeover takeover) {
  for_each_descriptor(inheritance, [](int fd) { ::fcntl(fd, F_SETFD, 0); });
  ::setenv(variable_of(takeover), describe(inheritance).c_str(), 1);
}

Error execute(const std::string& path, const Options& options) {
  std::vector<std::string> arguments = command_line(options);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(path.c_str(), pointers.data());
  return fail_errno(cat("execute ", path), errno).value();
}

// In the child.  What it has to say goes to output.
[[noreturn]] void run_trial(const std::string& path, const Options& options,
                            const Inheritance& inheritance, int output) {
  ::setpgid(0, 0);
  ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  keep_over_exec(inheritance, Takeover::trial);
  const std::string complaint = execute(path, options).message() + "\n";
  [[maybe_unused]] const ssize_t written = ::write(output, complaint.data(), complaint.size());
  ::_exit(EX_UNAVAILABLE);
}

// Takes what is there; false at the end.
bool read_some(int fd, std::string& text) {
  std::array<char, 1024> buffer{};
  ssize_t octets = 0;
  while ((octets = ::read(fd, buffer.data(), buffer.size())) > 0) {
    if (text.size() < max_complaint) text.append(buffer.data(), static_cast<std::size_t>(octets));
  }
  return octets != 0;
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

struct Outcome {
  std::string complaints;
  int status = 0;
};

// Until it has ended, or its time is over.  Whatever it has started, and may hold output open, ends
// with it.
Outcome hear_out(pid_t pid, int output) {
  const auto deadline = std::chrono::steady_clock::now() + trial_patience;
  Outcome outcome;
  bool is_over = false;
  while (!is_over) {
    pollfd waiting{output, POLLIN, 0};
    ::poll(&waiting, 1, 100);
    is_over = has_ended(pid) || std::chrono::steady_clock::now() >= deadline;
    if (output >= 0 && !read_some(output, outcome.complaints)) output = -1;
  }
  ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &outcome.status, 0);
  return outcome;
}

}  // namespace

std::optional<Inheritance> take_inheritance(Takeover takeover) {
  const char* text = std::getenv(variable_of(takeover));
  if (text == nullptr) return std::nullopt;
  const std::string copy = text;
  ::unsetenv(variable_of(takeover));
  const auto lines = split_lines(copy);
  if (lines.empty() || lines.front() != format) return std::nullopt;
  Inheritance inheritance;
  for (const std::string_view line : lines) parse_line(std::string(line), inheritance);
  for_each_descriptor(inheritance, [](int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); });
  return inheritance;
}

std::vector<std::string> try_binary(const std::string& path, const Options& options,
                                    const Inheritance& inheritance) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    return {fail_errno("pipe", errno).value().message()};
  const UniqueFd ours{ends[0]};
  UniqueFd theirs{ends[1]};
  const pid_t pid = ::fork();
  if (pid < 0) return {fail_errno("fork", errno).value().message()};
  if (pid == 0) run_trial(path, options, inheritance, theirs.get());
  theirs.reset();
  const auto [complaints, status] = hear_out(pid, ours.get());
  if (status == 0) return {};
  std::vector<std::string> faults;
  for (const std::string_view line : split_lines(complaints)) faults.emplace_back(line);
  if (faults.empty()) faults.push_back(cat(path, " ends with ", describe_status(status)));
  return faults;
}

Error become_binary(const std::string& path, const Options& options,
                    const Inheritance& inheritance) {
  keep_over_exec(inheritance, Takeover::real);
  Error error = execute(path, options);
  for_each_descriptor(inheritance, [](int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); });
  ::unsetenv(variable_of(Takeover::real));
  return error;
}

}  // namespace postern::daemon
