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

// Whoever asks faster gets one generation for several requests.
constexpr seconds between_generations{1};

// Of old generations whose sessions are still being finished.
constexpr std::size_t most_old_generations = 16;

// For new workers to be ready.
constexpr seconds start_patience{30};

// Beyond drain_time, for a worker that does not do as it is told.
constexpr seconds kill_grace{5};

UniqueFd open_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : handled_signals) ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
}

// Returns them in short.
std::string log_faults(const Faults& faults) {
  for (const std::string& fault : faults) {
    log::write(log::Level::error, "config_error", {{"fault", fault}});
  }
  return faults.size() == 1 ? faults[0] : cat(faults[0], " (and ", faults.size() - 1, " more)");
}

}  // namespace

Supervisor::Supervisor(Setup setup)
    : options_(std::move(setup.options)),
      // Now: later the link would name a file that is no longer there.
      binary_path_(std::filesystem::read_symlink("/proc/self/exe")),
      pid_file_(std::move(setup.pid_file)),
      on_started_(std::move(setup.on_started)),
      service_manager_(std::move(setup.service_manager)),
      scoreboard_(std::move(setup.scoreboard)),
      crew_(scoreboard_, [this] { let_go(); }),
      signals_(open_signals()),
      starting_(std::move(setup.first)),
      old_listeners_(std::move(setup.old_listeners)) {
  for (const Inheritance::Worker& worker : setup.old_workers) crew_.adopt(worker);
}

int Supervisor::run() {
  if (starting_) {
    start_generation(starting_);
  } else {
    failure_ = "the new binary cannot serve";
    tell_state();
  }
  while (!(is_stopping_ && crew_.workers().empty())) {
    wait_for_events();
    run_due_work();
  }
  pid_file_.remove();
  log::write(log::Level::info, "stopped", {{"pid", ::getpid()}});
  return exit_code_;
}

void Supervisor::wait_for_events() {
  std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
  for (const WorkerProcess& worker : crew_.workers()) {
    if (worker.control_fd() >= 0) fds.push_back({worker.control_fd(), POLLIN, 0});
  }
  ::poll(fds.data(), fds.size(), static_cast<int>(time_to_wait().count()));
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    on_signal(static_cast<int>(signal.ssi_signo));
  }
  crew_.listen();
  check_started();
}

bool Supervisor::has_due_work() const {
  return is_stopping_ || starting_epoch_ != 0 || workers_to_replace_ > 0 || wanted_.any() ||
         crew_.has_dead_helpers();
}

// Less than nothing: for ever.
milliseconds Supervisor::time_to_wait() const {
  const milliseconds wait{has_due_work() ? 100 : -1};
  const auto ping = service_manager_.next_ping();
  if (!ping) return wait;
  const auto left = std::chrono::ceil<milliseconds>(std::max(*ping - Clock::now(), {}));
  return wait.count() < 0 ? left : std::min(wait, left);
}

void Supervisor::on_signal(int number) {
  switch (number) {
    case SIGHUP: wanted_.reload = true; return tell_reloading("Reloading the configuration");
    case SIGUSR1: wanted_.new_logs = true; return;
    case SIGUSR2: wanted_.new_binary = true; return tell_reloading("Replacing the program");
    case SIGTERM:
    case SIGINT: return stop();
    default: break;
  }
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (const auto worker = crew_.take_dead(pid, status)) on_worker_exit(*worker, status);
  }
}

void Supervisor::on_worker_exit(const WorkerProcess& worker, int status) {
  if (worker.is_ending()) {
    log::write(log::Level::info, "worker_ended",
               {{"pid", worker.pid()}, {"status", describe_status(status)}});
    return;
  }
  log::write(log::Level::alert, "worker_died",
             {{"pid", worker.pid()}, {"status", describe_status(status)}});
  if (worker.epoch() == starting_epoch_) return abandon_start(describe_status(status));
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
  service_manager_.ping_if_due(now);
  if (is_stopping_) {
    if (now < kill_at_) return;
    crew_.kill_all();
    kill_at_ = now + kill_grace;
    return;
  }
  if (starting_epoch_ != 0 && now >= start_deadline_) abandon_start("not ready in time");
  if (workers_to_replace_ > 0 && now >= replace_at_) replace_dead_workers();
  crew_.replace_dead_helpers(now);
  if (starting_epoch_ == 0 && now >= next_generation_at_) run_wanted(now);
}

// One start at a time, and the newest file wins.  A new binary reads the file anew, and a new
// configuration opens its log anew.
void Supervisor::run_wanted(Clock::time_point now) {
  if (!wanted_.any()) return;
  next_generation_at_ = now + between_generations;
  const Wanted wanted = std::exchange(wanted_, {});
  failure_.clear();
  if (wanted.new_binary) {
    upgrade();
  } else if (wanted.reload) {
    reload();
  } else {
    reopen_logs();
  }
  if (starting_epoch_ == 0) tell_state();
}

// One that cannot be started is counted again, for later.
void Supervisor::replace_dead_workers() {
  const std::uint32_t count = std::exchange(workers_to_replace_, 0);
  for (std::uint32_t i = 0; i < count; ++i) start_worker(current_epoch_, current_);
}

void Supervisor::reload() {
  log::write(log::Level::info, "reload", {{"config", options_.config_path}});
  auto checked = check_configuration(options_);
  auto opened = checked ? open_generation(std::move(*checked),
                                          current_ ? current_->listeners : old_listeners_)
                        : tl::unexpected(std::move(checked.error()));
  if (!opened) {
    failure_ = log_faults(opened.error());
    log::write(log::Level::error, "reload_failed",
               {{"reason", "the configuration in force stays"}});
    return;
  }
  start_generation(std::move(*opened));
}

// Workers write to the log they were started with, so they are started anew.
void Supervisor::reopen_logs() {
  if (!current_) return;
  const conf::Config::Log& settings = current_->config.log;
  if (const auto reopened = log::open(settings.target, settings.level); !reopened) {
    failure_ = reopened.error().message();
    log::write(log::Level::error, "log_reopen_failed", {{"error", failure_}});
    return;
  }
  start_generation(current_);
}

// Becomes the binary that is now at our path.  Old workers are children of the same process
// before and after, and serve until the new binary's first generation does.
void Supervisor::upgrade() {
  if (!current_) return;
  log::write(log::Level::info, "upgrade", {{"binary", binary_path_}});
  if (!accepts_configuration(binary_path_, options_)) {
    return give_up_upgrade("the new binary does not accept the configuration");
  }
  // It has tested the file, but opens nothing before it is in our place, and then it is too late
  // to keep what we have.  A setting that only it knows is no fault.
  OpenListeners listeners = current_->listeners;
  if (auto checked = check_configuration(options_)) {
    const auto opened = open_generation(std::move(*checked), listeners);
    if (!opened) {
      log_faults(opened.error());
      return give_up_upgrade("the configuration cannot be served");
    }
    listeners = (*opened)->listeners;
  }
  Inheritance left{pid_file_.fd(), scoreboard_.fd(), std::move(listeners), {}};
  for (const WorkerProcess& worker : crew_.workers()) {
    left.workers.push_back({worker.pid(), worker.control_fd(), worker.row()});
  }
  service_manager_.put_into_environment();
  const Error error = become_binary(binary_path_, options_, left);
  NotifySocket::clear_environment();
  give_up_upgrade(error.message());
}

void Supervisor::give_up_upgrade(const std::string& why) {
  failure_ = why;
  log::write(log::Level::error, "upgrade_failed", {{"reason", why}});
}

// The first time: let sessions finish.  The second time: at once.
void Supervisor::stop() {
  const std::size_t workers = crew_.workers().size();
  log::write(log::Level::info, "stopping", {{"workers", workers}});
  service_manager_.stopping(cat("Stopping: workers ", workers));
  const auto now = Clock::now();
  const auto drain_time = current_ ? current_->config.drain_time : conf::Seconds{0};
  kill_at_ = is_stopping_ ? now : now + drain_time + kill_grace;
  is_stopping_ = true;
  close_listeners();
  crew_.tell_all(WorkerSignal::stop);
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
  const auto started = crew_.start(epoch, std::move(generation));
  if (started) return;
  log::write(log::Level::alert, "worker_failed", {{"error", started.error().message()}});
  if (epoch == starting_epoch_) return abandon_start(started.error().message());
  ++workers_to_replace_;
  replace_at_ = Clock::now() + longest_back_off;
}

// When all new workers serve, the generation is in force.
void Supervisor::check_started() {
  if (starting_epoch_ == 0 || is_stopping_) return;
  if (!crew_.is_ready(starting_epoch_)) return;
  current_epoch_ = std::exchange(starting_epoch_, 0);
  current_ = std::move(starting_);
  old_listeners_.clear();
  workers_to_replace_ = 0;
  crew_.tell_others(current_epoch_, WorkerSignal::drain);
  const std::size_t rows = server::Scoreboard::max_workers / current_->config.workers;
  crew_.hurry(std::min(most_old_generations, std::max<std::size_t>(rows, 3) - 2));
  if (const auto written = pid_file_.write(); !written) {
    log::write(log::Level::error, "pid_file_failed", {{"error", written.error().message()}});
  }
  if (on_started_) std::exchange(on_started_, nullptr)(EX_OK);
  log::write(log::Level::info, "serving",
             {{"generation", current_epoch_},
              {"workers", current_->config.workers},
              {"listeners", current_->listeners.size()},
              {"pid", ::getpid()}});
  tell_state();
}

void Supervisor::abandon_start(const std::string& why) {
  const bool has_workers = current_ || !old_listeners_.empty();
  if (has_workers) log::write(log::Level::error, "reload_failed", {{"reason", why}});
  if (!has_workers) log::write(log::Level::alert, "start_failed", {{"reason", why}});
  const std::uint64_t epoch = std::exchange(starting_epoch_, 0);
  starting_.reset();
  crew_.tell(epoch, WorkerSignal::stop);
  if (has_workers) {
    failure_ = why;
    return tell_state();
  }
  exit_code_ = EX_OSERR;
  is_stopping_ = true;
  kill_at_ = Clock::now() + kill_grace;
  if (on_started_) std::exchange(on_started_, nullptr)(exit_code_);
}

// As long as anybody has them open, the kernel lets clients in to wait for nothing.
void Supervisor::close_listeners() {
  for (const OpenListeners& listeners : {current_ ? current_->listeners : old_listeners_,
                                         starting_ ? starting_->listeners : OpenListeners{}}) {
    for (const OpenListener& open : listeners) open.socket->reset();
  }
}

void Supervisor::tell_reloading(const std::string& status) {
  if (!is_stopping_) service_manager_.reloading(status);
}

// That it is ready ends the reload for the service manager: not before all is done that was asked
// for meanwhile.
void Supervisor::tell_state() {
  std::string status = "Serving as before";
  if (current_) {
    status = cat("Serving: generation ", current_epoch_, ", workers ", current_->config.workers,
                 ", listeners ", current_->listeners.size());
  }
  if (!failure_.empty()) status += cat("; failed: ", failure_);
  wanted_.any() ? service_manager_.status(status) : service_manager_.ready(status);
}

// Sockets of other generations too: whoever has one open keeps the kernel accepting on it.
void Supervisor::let_go() {
  current_.reset();
  starting_.reset();
  old_listeners_.clear();
  signals_.reset();
  pid_file_.let_go();
}

}  // namespace postern::daemon
