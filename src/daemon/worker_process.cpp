// SPDX-License-Identifier: ISC
//
// daemon/worker_process.cpp - a worker and its auth helpers, as the supervisor sees them.

#include "daemon/worker_process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "auth/helper.h"
#include "base/log.h"
#include "daemon/controller.h"
#include "daemon/flushers.h"
#include "daemon/fork.h"
#include "daemon/worker.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"

namespace postern::daemon {

namespace {

// What a helper does; fd is its end of the socketpair.  Returns the exit code.
int serve_as_helper(const Generation& generation, int fd) {
  std::signal(SIGTERM, SIG_IGN);  // it ends when its worker does
  for (const OpenListener& open : generation.all_sockets()) open.socket->reset();
  if (generation.tls) generation.tls->forget();
  const auto user = sandbox::find_user(generation.config.user);
  if (!user) return EX_NOPERM;
  const auto walls = sandbox::enter({sandbox::Role::helper, generation.config.sandbox, *user, -1});
  if (!walls) {
    log::write(log::Level::error, "auth_helper_failed", {{"error", walls.error().message()}});
    return EX_NOPERM;
  }
  auth::run_helper(fd, *generation.users);
  return EX_OK;
}

Result<pid_t> fork_helper(const Generation& generation, int fd, const InChild& in_child) {
  return fork_child(in_child, [&generation, fd] { return serve_as_helper(generation, fd); });
}

// All the helpers of one worker; drop is what a helper lets go of.
Result<std::vector<pid_t>> fork_helpers(const Generation& generation, int fd, const InChild& drop) {
  std::vector<pid_t> helpers;
  if (generation.config.auth.users.empty()) return helpers;
  for (std::uint32_t i = 0; i < generation.config.auth.processes; ++i) {
    auto helper = fork_helper(generation, fd, drop);
    if (!helper) return tl::unexpected(helper.error());
    helpers.push_back(*helper);
  }
  return helpers;
}

}  // namespace

Result<WorkerProcess> WorkerProcess::start(std::uint64_t epoch, GenerationPtr generation,
                                           const SharedState& shared, std::size_t row,
                                           const InChild& in_child) {
  // First, so that they have nothing else to let go of.
  auto flushers = fork_flushers(*generation, [&] {
    in_child();
    shared.let_go();
  });
  if (!flushers) return tl::unexpected(flushers.error());
  auto control = make_socket_pair(SOCK_STREAM);
  if (!control) return tl::unexpected(control.error());
  auto questions = make_socket_pair(SOCK_SEQPACKET);
  if (!questions) return tl::unexpected(questions.error());

  WorkerProcess process;
  process.epoch_ = epoch;
  process.generation_ = generation;
  process.spool_ = generation->config.spool.path;
  process.row_ = row;
  process.started_ = std::chrono::steady_clock::now();
  auto helpers = fork_helpers(*generation, questions->theirs.get(), [&] {
    in_child();
    shared.let_go();
    flushers->sockets = {};
    control->ours.reset();
    control->theirs.reset();
    questions->ours.reset();  // the worker's end: else helpers would keep each other alive
  });
  if (!helpers) return tl::unexpected(helpers.error());
  process.helpers_ = std::move(*helpers);
  process.flushers_ = std::move(flushers->pids);
  const auto drop = [&] {
    in_child();
    control->ours.reset();
    questions->theirs.reset();
  };
  auto worker = fork_child(drop, [&] {
    return run_worker({generation, epoch, shared.scoreboard, shared.journals, &shared.tickets, row,
                       std::move(flushers->sockets), std::move(questions->ours),
                       std::move(control->theirs)});
  });
  if (!worker) return tl::unexpected(worker.error());
  process.pid_ = *worker;
  process.control_ = std::move(control->ours);
  process.helper_end_ = std::move(questions->theirs);
  return process;
}

Result<WorkerProcess> WorkerProcess::start_controller(std::uint64_t epoch, GenerationPtr generation,
                                                      const SharedState& shared,
                                                      const gateway::Board& board,
                                                      const InChild& in_child) {
  auto control = make_socket_pair(SOCK_STREAM);
  if (!control) return tl::unexpected(control.error());
  WorkerProcess process;
  process.epoch_ = epoch;
  process.row_ = no_row;
  process.started_ = std::chrono::steady_clock::now();
  const auto drop = [&] {
    in_child();
    control->ours.reset();
    shared.tickets.let_go();
    shared.journals.let_go();
  };
  auto controller = fork_child(drop, [&] {
    return run_controller(
        {generation, epoch, shared.scoreboard, board, std::move(control->theirs)});
  });
  if (!controller) return tl::unexpected(controller.error());
  process.pid_ = *controller;
  process.control_ = std::move(control->ours);
  return process;
}

WorkerProcess WorkerProcess::adopt(const Inheritance::Worker& worker) {
  WorkerProcess process;
  process.pid_ = worker.pid;
  process.epoch_ = worker.epoch;
  process.is_ending_ = worker.is_ending;
  process.has_closed_ = worker.is_ending;  // long ago
  process.control_ = UniqueFd{worker.control};
  process.row_ = std::min(worker.row, no_row);
  process.spool_ = worker.spool;
  process.is_ready_ = true;
  process.started_ = std::chrono::steady_clock::now();
  return process;
}

bool WorkerProcess::has_helper(pid_t pid) const {
  return std::find(helpers_.begin(), helpers_.end(), pid) != helpers_.end();
}

bool WorkerProcess::has_flusher(pid_t pid) const {
  return std::find(flushers_.begin(), flushers_.end(), pid) != flushers_.end();
}

void WorkerProcess::forget_flusher(pid_t dead) {
  std::erase(flushers_, dead);
}

void WorkerProcess::forget_helper(pid_t dead) {
  std::erase(helpers_, dead);
}

Result<void> WorkerProcess::add_helper(const InChild& in_child) {
  // in_child lets go of this object too, so the descriptor for the new helper is a copy.
  const UniqueFd fd{::fcntl(helper_end_.get(), F_DUPFD_CLOEXEC, 0)};
  if (!fd.is_open()) return fail_errno("copy a descriptor", errno);
  const GenerationPtr generation = generation_;
  auto helper = fork_helper(*generation, fd.get(), in_child);
  if (!helper) return tl::unexpected(helper.error());
  helpers_.push_back(*helper);
  return {};
}

void WorkerProcess::tell(WorkerSignal signal) {
  // Sockets that nobody serves any more must close; helpers are needed until the last session ends.
  if (!is_ending_ && generation_) generation_ = generation_->for_helpers();
  is_ending_ = true;
  send(signal);
}

void WorkerProcess::send(WorkerSignal signal) const {
  send_signal(control_.get(), signal);
}

std::optional<WorkerSignal> WorkerProcess::listen() {
  char octet = 0;
  const ssize_t size = ::recv(control_.get(), &octet, 1, MSG_DONTWAIT);
  // The end of the stream: the exit status follows, and there is nothing more to hear.
  if (size == 0) control_.reset();
  if (size != 1) return std::nullopt;
  const auto signal = static_cast<WorkerSignal>(octet);
  if (signal == WorkerSignal::ready) is_ready_ = true;
  if (signal == WorkerSignal::closed) has_closed_ = true;
  const bool is_news = signal == WorkerSignal::ready || signal == WorkerSignal::closed;
  return is_news ? std::nullopt : std::optional(signal);
}

void WorkerProcess::kill() const {
  ::kill(pid_, SIGKILL);
}

void WorkerProcess::kill_helpers() const {
  for (const pid_t helper : helpers_) ::kill(helper, SIGKILL);
}

int run_single(GenerationPtr generation) {
  server::JournalBoard journals;
  auto flushers = fork_flushers(*generation, [&] { journals.let_go(); });
  if (!flushers) return EX_OSERR;
  auto questions = make_socket_pair(SOCK_SEQPACKET);
  if (!questions) return EX_OSERR;
  const auto helpers = fork_helpers(*generation, questions->theirs.get(), [&] {
    journals.let_go();
    flushers->sockets = {};
    questions->ours.reset();
  });
  if (!helpers) return EX_OSERR;
  questions->theirs.reset();
  server::Scoreboard scoreboard;
  return run_worker({std::move(generation), 1, scoreboard, journals, nullptr, 0,
                     std::move(flushers->sockets), std::move(questions->ours), UniqueFd{}});
}

}  // namespace postern::daemon
