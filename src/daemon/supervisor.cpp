// SPDX-License-Identifier: ISC
//
// daemon/supervisor.cpp - starts generations of workers, and replaces what dies.

#include "daemon/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <initializer_list>

#include "base/log.h"
#include "base/text.h"

namespace postern::daemon {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::initializer_list<int> handled_signals{SIGHUP,  SIGTERM, SIGINT,
                                                     SIGUSR1, SIGUSR2, SIGCHLD};

// A worker that lives so long did not die of how it was started.
constexpr seconds healthy_life{10};
constexpr milliseconds first_back_off{100};
constexpr milliseconds longest_back_off{30000};
constexpr seconds helper_back_off{1};

// For new workers to be ready, and for a new binary to check the configuration.
constexpr seconds start_patience{30};
constexpr unsigned check_patience = 30;

// Beyond drain_time, for a worker that does not do as it is told.
constexpr seconds kill_grace{5};

UniqueFd open_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : handled_signals) ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
}

void log_faults(const Faults& faults) {
  for (const std::string& fault : faults) {
    log::write(log::Level::error, "config_error", {{"fault", fault}});
  }
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) return cat("signal ", WTERMSIG(status));
  return cat("exit ", WEXITSTATUS(status));
}

}  // namespace

Supervisor::Supervisor(Setup setup)
    : options_(std::move(setup.options)),
      // Now: later the link would name a file that is no longer there.
      binary_path_(std::filesystem::read_symlink("/proc/self/exe")),
      pid_file_(std::move(setup.pid_file)),
      on_started_(std::move(setup.on_started)),
      scoreboard_(std::move(setup.scoreboard)),
      signals_(open_signals()),
      starting_(std::move(setup.first)),
      old_listeners_(std::move(setup.old_listeners)) {
  for (const Inheritance::Worker& worker : setup.old_workers) {
    workers_.push_back(WorkerProcess::adopt(worker.pid, UniqueFd{worker.control}, worker.row));
  }
}

int Supervisor::run() {
  if (starting_) start_generation(starting_);
  while (!(is_stopping_ && workers_.empty())) {
    wait_for_events();
    run_due_work();
  }
  pid_file_.remove();
  log::write(log::Level::info, "stopped", {{"pid", ::getpid()}});
  return exit_code_;
}

void Supervisor::wait_for_events() {
  std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
  for (const WorkerProcess& worker : workers_) {
    if (worker.control_fd() >= 0) fds.push_back({worker.control_fd(), POLLIN, 0});
  }
  const bool has_due_work =
      workers_to_replace_ > 0 || !dead_helpers_.empty() || is_stopping_ || starting_epoch_ != 0;
  ::poll(fds.data(), fds.size(), has_due_work ? 100 : -1);
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    on_signal(static_cast<int>(signal.ssi_signo));
  }
  for (WorkerProcess& worker : workers_) {
    if (worker.control_fd() >= 0) worker.check_ready();
  }
  check_started();
}

void Supervisor::on_signal(int number) {
  switch (number) {
    case SIGHUP: return reload();
    case SIGUSR1: return reopen_logs();
    case SIGUSR2: return upgrade();
    case SIGTERM:
    case SIGINT: return stop();
    default: break;
  }
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) on_child_exit(pid, status);
}

void Supervisor::on_child_exit(pid_t pid, int status) {
  for (auto worker = workers_.begin(); worker != workers_.end(); ++worker) {
    if (worker->pid() == pid) {
      const WorkerProcess dead = std::move(*worker);
      workers_.erase(worker);
      return on_worker_exit(dead, status);
    }
    if (worker->has_helper(pid)) {
      if (worker->is_ending()) return;
      log::write(log::Level::error, "helper_died", {{"pid", pid}, {"status", describe(status)}});
      dead_helpers_.push_back({pid, Clock::now() + helper_back_off});
      return;
    }
  }
}

void Supervisor::on_worker_exit(const WorkerProcess& worker, int status) {
  scoreboard_.clear_row(worker.row());
  if (worker.is_ending()) {
    log::write(log::Level::info, "worker_ended",
               {{"pid", worker.pid()}, {"status", describe(status)}});
    return;
  }
  log::write(log::Level::alert, "worker_died",
             {{"pid", worker.pid()}, {"status", describe(status)}});
  if (worker.epoch() == starting_epoch_) return abandon_start(describe(status));
  if (is_stopping_ || !current_ || worker.epoch() != current_epoch_) return;
  const bool was_healthy = Clock::now() - worker.started() >= healthy_life;
  back_off_ = was_healthy
                  ? Clock::duration{}
                  : std::clamp<Clock::duration>(back_off_ * 2, first_back_off, longest_back_off);
  ++workers_to_replace_;
  replace_at_ = Clock::now() + back_off_;
}

// What was put off until now.
void Supervisor::run_due_work() {
  const auto now = Clock::now();
  if (is_stopping_) {
    if (now < kill_at_) return;
    for (const WorkerProcess& worker : workers_) worker.kill();
    kill_at_ = now + kill_grace;
    return;
  }
  if (starting_epoch_ != 0 && now >= start_deadline_) abandon_start("not ready in time");
  if (workers_to_replace_ > 0 && now >= replace_at_) replace_dead_workers();
  replace_dead_helpers(now);
}

// One that cannot be started is counted again, for later.
void Supervisor::replace_dead_workers() {
  const std::uint32_t count = std::exchange(workers_to_replace_, 0);
  for (std::uint32_t i = 0; i < count; ++i) start_worker(current_epoch_, current_);
}

void Supervisor::replace_dead_helpers(Clock::time_point now) {
  std::vector<DeadHelper> waiting;
  for (const DeadHelper& helper : std::exchange(dead_helpers_, {})) {
    if (now < helper.replace_at) {
      waiting.push_back(helper);
      continue;
    }
    const auto worker = std::find_if(workers_.begin(), workers_.end(), [&](const auto& process) {
      return process.has_helper(helper.pid) && !process.is_ending();
    });
    if (worker == workers_.end()) continue;
    if (const auto replaced = worker->replace_helper(helper.pid, in_child()); !replaced) {
      log::write(log::Level::alert, "helper_failed", {{"error", replaced.error().message()}});
      waiting.push_back({helper.pid, now + helper_back_off});
    }
  }
  dead_helpers_ = std::move(waiting);
}

void Supervisor::reload() {
  if (is_stopping_) return;
  if (starting_epoch_ != 0) {
    reload_again_ = true;  // one start at a time; the newest file wins
    return;
  }
  log::write(log::Level::info, "reload", {{"config", options_.config_path}});
  auto checked = check_configuration(options_);
  auto opened = checked ? open_generation(std::move(*checked),
                                          current_ ? current_->listeners : old_listeners_)
                        : tl::unexpected(std::move(checked.error()));
  if (!opened) {
    log_faults(opened.error());
    log::write(log::Level::error, "reload_failed",
               {{"reason", "the configuration in force stays"}});
    return;
  }
  start_generation(std::move(*opened));
}

// Workers write to the log they were started with, so they are started anew.
void Supervisor::reopen_logs() {
  if (is_stopping_ || starting_epoch_ != 0 || !current_) return;
  const conf::Config::Log& settings = current_->config.log;
  if (const auto reopened = log::open(settings.target, settings.level); !reopened) {
    log::write(log::Level::error, "log_reopen_failed", {{"error", reopened.error().message()}});
    return;
  }
  start_generation(current_);
}

// Becomes the binary that is now at our path.  Old workers are children of the same process
// before and after, and serve until the new binary's first generation does.
void Supervisor::upgrade() {
  if (is_stopping_ || starting_epoch_ != 0 || !current_) return;
  log::write(log::Level::info, "upgrade", {{"binary", binary_path_}});
  if (!is_new_binary_fine()) {
    log::write(log::Level::error, "upgrade_failed",
               {{"reason", "the new binary does not accept the configuration"}});
    return;
  }
  // It has tested the file, but opens nothing before it is in our place, and then it is too late
  // to keep what we have.  A setting that only it knows is no fault.
  OpenListeners listeners = current_->listeners;
  if (auto checked = check_configuration(options_)) {
    const auto opened = open_generation(std::move(*checked), listeners);
    if (!opened) {
      log_faults(opened.error());
      log::write(log::Level::error, "upgrade_failed",
                 {{"reason", "the configuration cannot be served"}});
      return;
    }
    listeners = (*opened)->listeners;
  }
  Inheritance left{pid_file_.fd(), scoreboard_.fd(), std::move(listeners), {}};
  for (const WorkerProcess& worker : workers_) {
    left.workers.push_back({worker.pid(), worker.control_fd(), worker.row()});
  }
  const Error error = become_binary(binary_path_, options_, left);
  log::write(log::Level::error, "upgrade_failed", {{"reason", error.message()}});
}

bool Supervisor::is_new_binary_fine() const {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(check_patience);  // it outlives exec, and a check that hangs does not outlive it
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execl(binary_path_.c_str(), "posternd", "-t", "-c", options_.config_path.c_str(), nullptr);
    ::_exit(EX_UNAVAILABLE);
  }
  int status = 0;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

// The first time: let sessions finish.  The second time: at once.
void Supervisor::stop() {
  log::write(log::Level::info, "stopping", {{"workers", workers_.size()}});
  const auto now = Clock::now();
  const auto drain_time = current_ ? current_->config.drain_time : conf::Seconds{0};
  kill_at_ = is_stopping_ ? now : now + drain_time + kill_grace;
  is_stopping_ = true;
  close_listeners();
  for (WorkerProcess& worker : workers_) worker.tell(WorkerSignal::stop);
}

void Supervisor::start_generation(GenerationPtr generation) {
  starting_epoch_ = ++last_epoch_;
  start_deadline_ = Clock::now() + start_patience;
  starting_ = std::move(generation);
  for (std::uint32_t i = 0; i < starting_->config.workers && starting_epoch_ != 0; ++i) {
    start_worker(starting_epoch_, starting_);
  }
}

void Supervisor::start_worker(std::uint64_t epoch, GenerationPtr generation) {
  const std::size_t row = free_row();
  auto worker =
      row < server::Scoreboard::max_workers
          ? WorkerProcess::start(epoch, std::move(generation), scoreboard_, row, in_child())
          : fail(Errc::temporary, "too many workers are still draining");
  if (worker) {
    workers_.push_back(std::move(*worker));
    return;
  }
  log::write(log::Level::alert, "worker_failed", {{"error", worker.error().message()}});
  if (epoch == starting_epoch_) return abandon_start(worker.error().message());
  ++workers_to_replace_;
  replace_at_ = Clock::now() + longest_back_off;
}

// When all new workers serve, the generation is in force.
void Supervisor::check_started() {
  if (starting_epoch_ == 0 || is_stopping_) return;
  const bool all_ready = std::all_of(workers_.begin(), workers_.end(), [&](const auto& worker) {
    return worker.epoch() != starting_epoch_ || worker.is_ready();
  });
  if (!all_ready) return;
  current_epoch_ = std::exchange(starting_epoch_, 0);
  current_ = std::move(starting_);
  old_listeners_.clear();
  workers_to_replace_ = 0;
  end_others(current_epoch_, WorkerSignal::drain);
  if (const auto written = pid_file_.write(); !written) {
    log::write(log::Level::error, "pid_file_failed", {{"error", written.error().message()}});
  }
  if (on_started_) std::exchange(on_started_, nullptr)(EX_OK);
  log::write(log::Level::info, "serving",
             {{"generation", current_epoch_},
              {"workers", current_->config.workers},
              {"listeners", current_->listeners.size()},
              {"pid", ::getpid()}});
  if (std::exchange(reload_again_, false)) reload();
}

void Supervisor::abandon_start(const std::string& why) {
  const bool has_workers = current_ || !old_listeners_.empty();
  if (has_workers) log::write(log::Level::error, "reload_failed", {{"reason", why}});
  if (!has_workers) log::write(log::Level::alert, "start_failed", {{"reason", why}});
  const std::uint64_t epoch = std::exchange(starting_epoch_, 0);
  starting_.reset();
  for (WorkerProcess& worker : workers_) {
    if (worker.epoch() == epoch) worker.tell(WorkerSignal::stop);
  }
  if (has_workers) {
    if (std::exchange(reload_again_, false)) reload();
    return;
  }
  exit_code_ = EX_OSERR;
  is_stopping_ = true;
  kill_at_ = Clock::now() + kill_grace;
  if (on_started_) std::exchange(on_started_, nullptr)(exit_code_);
}

void Supervisor::end_others(std::uint64_t epoch, WorkerSignal signal) {
  for (WorkerProcess& worker : workers_) {
    if (worker.epoch() != epoch) worker.tell(signal);
  }
}

// As long as anybody has them open, the kernel lets clients in to wait for nothing.
void Supervisor::close_listeners() {
  for (const OpenListeners& listeners : {current_ ? current_->listeners : old_listeners_,
                                         starting_ ? starting_->listeners : OpenListeners{}}) {
    for (const OpenListener& open : listeners) open.socket->reset();
  }
}

std::size_t Supervisor::free_row() const {
  std::size_t row = 0;
  while (std::any_of(workers_.begin(), workers_.end(),
                     [row](const auto& worker) { return worker.row() == row; })) {
    ++row;
  }
  return row;
}

InChild Supervisor::in_child() {
  return [this] {
    workers_.clear();
    // Sockets of other generations: whoever has one open keeps the kernel accepting on it.
    current_.reset();
    starting_.reset();
    old_listeners_.clear();
    signals_.reset();
    pid_file_.let_go();
  };
}

}  // namespace postern::daemon
