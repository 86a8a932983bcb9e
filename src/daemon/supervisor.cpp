// SPDX-License-Identifier: ISC
//
// daemon/supervisor.cpp - what the supervisor hears, sees, and is asked for.
//
// How a generation comes into force, and what becomes of it, is in supervisor_generations.cpp.

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
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "conf/open_log.h"

namespace postern::daemon {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::initializer_list<int> handled_signals{SIGHUP,  SIGTERM, SIGINT,
                                                     SIGUSR1, SIGUSR2, SIGCHLD};

// Whoever asks faster gets one generation for several requests.
constexpr seconds between_generations{1};

// A log daemon that comes and goes is no reason for a new generation each second.
constexpr seconds between_log_tries{1};

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
      ticket_keys_(std::move(setup.ticket_keys)),
      journals_(std::move(setup.journals)),
      gateways_(std::move(setup.board),
                [this] {
                  crew_.let_go();
                  let_go();
                  scoreboard_.let_go();
                  ticket_keys_.let_go();
                  journals_.let_go();
                }),
      crew_({scoreboard_, ticket_keys_, journals_}, gateways_.board(), [this] { let_go(); }),
      recoveries_(journals_,
                  [this] {
                    crew_.let_go();
                    let_go();
                    scoreboard_.let_go();
                    ticket_keys_.let_go();
                    gateways_.board().let_go();
                  }),
      signals_(open_signals()),
      last_epoch_(setup.old_generations),
      starting_(std::move(setup.first)),
      old_listeners_(std::move(setup.old_listeners)),
      passed_(std::move(setup.passed)),
      outlook_(std::move(setup.outlook)),
      starting_outlook_(outlook_),
      is_asked_for_(true),
      reload_begun_(scoreboard_.reload_begun()),
      inspection_(crew_) {
  for (const Inheritance::Worker& worker : setup.old_workers) crew_.adopt(worker);
  for (const Inheritance::Gateway& gateway : setup.old_gateways) gateways_.adopt(gateway);
  recoveries_.add_all(crew_, setup.unrecovered);
  if (setup.orphans) recoveries_.add_orphans(*setup.orphans);
}

int Supervisor::run() {
  if (starting_) {
    start_generation(starting_, outlook_);
  } else {
    failure_ = "the new binary cannot serve";
    tell_state();
  }
  while (!has_ended()) {
    wait_for_events();
    run_due_work();
  }
  remove_socket_files(socket_files_);
  pid_file_.remove();
  log::write(log::Level::info, "stopped", {{"pid", ::getpid()}});
  return exit_code_;
}

// What a worker that had to be killed has left is recovered now, while it is known how far it got.
bool Supervisor::has_ended() const {
  return is_stopping_ && crew_.workers().empty() && gateways_.empty() && recoveries_.is_idle();
}

void Supervisor::wait_for_events() {
  std::vector<pollfd> fds{{signals_.get(), POLLIN, 0}};
  for (const WorkerProcess& worker : crew_.workers()) {
    if (worker.control_fd() >= 0) fds.push_back({worker.control_fd(), POLLIN, 0});
  }
  fds.push_back({interfaces_.fd(), POLLIN, 0});  // ignored if it is -1
  ::poll(fds.data(), fds.size(), static_cast<int>(time_to_wait().count()));
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    on_signal(static_cast<int>(signal.ssi_signo));
  }
  for (const WorkerSignal wish : crew_.listen()) on_wish(wish);
  while (const auto failed = crew_.take_failed()) replace_failed(*failed);
  interfaces_.take_news();
  check_started();
  replace_controller();
}

bool Supervisor::has_due_work() const {
  return is_stopping_ || is_log_lost_ || starting_epoch_ != 0 || replacements_.any() ||
         wanted_.any() || replace_controller_by_ || crew_.has_dead_helpers();
}

milliseconds Supervisor::time_to_wait() const {
  if (has_due_work()) return milliseconds{100};
  auto next = inspection_.next();
  next = std::min(next, service_manager_.next_ping().value_or(next));
  next = std::min(next, next_look_at_links().value_or(next));
  next = std::min(next, ticket_keys_.next());
  next = std::min(next, gateways_.next().value_or(next));
  next = std::min(next, recoveries_.next().value_or(next));
  return std::chrono::ceil<milliseconds>(std::max(next - Clock::now(), {}));
}

// What the controller was asked for; a worker asks for its log alone.
void Supervisor::on_wish(WorkerSignal signal) {
  if (signal == WorkerSignal::log_lost) is_log_lost_ = true;
  if (signal == WorkerSignal::reload) return on_signal(SIGHUP);
  if (signal == WorkerSignal::quit && !is_stopping_) stop();
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
    if (gateways_.take_dead(pid, status) || recoveries_.take_dead(pid, status)) continue;
    if (const auto worker = crew_.take_dead(pid, status)) on_worker_exit(*worker, status);
  }
}

// What was put off until now.
void Supervisor::run_due_work() {
  const auto now = Clock::now();
  service_manager_.ping_if_due(now);
  recoveries_.run_due(now, current_);
  if (is_stopping_) {
    if (crew_.has_no_workers()) crew_.tell_all(WorkerSignal::stop);
    if (now >= kill_at_ - kill_grace) gateways_.cut();
    if (now < kill_at_) return;
    crew_.kill_all();
    gateways_.kill_all();
    // What the workers that are killed here have left is still to be recovered.
    if (std::exchange(has_killed_, true)) recoveries_.kill_all();
    kill_at_ = now + kill_grace;
    return;
  }
  ticket_keys_.refresh(now);
  if (starting_epoch_ != 0 && now >= start_deadline_) abandon_start("not ready in time");
  replace_dead(now);
  crew_.replace_dead_helpers(now);
  if (const auto retry = gateways_.next(); retry && now >= *retry) follow_appletalk();
  if (now >= inspection_.next() && inspection_.look(now, current_.get())) on_signal(SIGHUP);
  if (is_log_lost_ && now >= next_log_at_) mend_log(now);
  if (starting_epoch_ == 0 && now >= next_generation_at_) run_wanted(now);
  if (const auto look = next_look_at_links(); look && now >= *look) follow_readiness();
}

// One at a time.  A new binary reads the file anew, and a new configuration opens its log anew, so
// each may do for what comes behind it; but one that fails leaves that to be done.
void Supervisor::run_wanted(Clock::time_point now) {
  if (!wanted_.any()) return;
  next_generation_at_ = now + between_generations;
  failure_.clear();
  if (std::exchange(wanted_.new_binary, false)) {
    upgrade();
  } else if (std::exchange(wanted_.reload, false)) {
    reload();
  } else if (std::exchange(wanted_.new_logs, false)) {
    reopen_logs();
  }
  if (starting_epoch_ == 0) tell_state();
}

Surroundings Supervisor::surroundings() {
  return {open_sockets(), passed_, interfaces_.read()};
}

OpenListeners Supervisor::open_sockets() const {
  return current_ ? current_->all_sockets() : old_listeners_;
}

void Supervisor::reload() {
  reload_begun_ = Clock::now();
  log::write(log::Level::info, "reload", {{"config", options_.config_path}});
  auto checked = check_configuration(options_);
  Outlook outlook = outlook_;
  auto opened = checked ? open_generation(std::move(*checked), surroundings(), outlook)
                        : tl::unexpected(std::move(checked.error()));
  if (!opened) {
    failure_ = log_faults(opened.error());
    log::write(log::Level::error, "reload_failed",
               {{"reason", "the configuration in force stays"}});
    return;
  }
  wanted_.new_logs = false;
  is_asked_for_ = true;
  start_generation(std::move(*opened), std::move(outlook));
}

// Workers write to the log they were started with, so they are started anew.
void Supervisor::reopen_logs() {
  if (!current_) {
    failure_ = "there is no configuration to go on with; SIGHUP reads it";
    log::write(log::Level::error, "log_reopen_failed", {{"error", failure_}});
    return;
  }
  if (const auto reopened = conf::open_log(current_->config.log); !reopened) {
    failure_ = reopened.error().message();
    log::write(log::Level::error, "log_reopen_failed", {{"error", failure_}});
    return;
  }
  is_asked_for_ = true;
  follow_appletalk(true);
  start_generation(current_, outlook_);
}

// The daemon that collects the log was started anew.  Workers share our socket, which they cannot
// connect themselves, and send what they have kept.
void Supervisor::mend_log(Clock::time_point now) {
  next_log_at_ = now + between_log_tries;
  if (log::reconnect()) is_log_lost_ = false;  // else it is not there yet
}

// Becomes the binary that is now at our path.  Old workers are children of the same process
// before and after, and serve until the new binary's first generation does.
void Supervisor::upgrade() {
  reload_begun_ = Clock::now();
  log::write(log::Level::info, "upgrade", {{"binary", binary_path_}});
  Inheritance left;
  left.pid_file = pid_file_.fd();
  left.scoreboard = scoreboard_.fd();
  left.ticket_keys = ticket_keys_.fd();
  left.journals = journals_.fd();
  left.unrecovered = recoveries_.to_inherit();
  left.board = gateways_.board().fd();
  left.gateways = gateways_.to_inherit();
  left.generations = last_epoch_;
  left.listeners = open_sockets();
  left.passed = passed_;
  left.columns = outlook_.names_by_column();
  for (const WorkerProcess& worker : crew_.workers()) {
    left.workers.push_back({worker.pid(), worker.control_fd(), worker.row(), worker.epoch(),
                            worker.is_ending(), worker.spool()});
  }
  // Once it is in our place it is too late to keep what we have.
  if (const Faults faults = try_binary(binary_path_, options_, left); !faults.empty()) {
    log_faults(faults);
    return give_up_upgrade("the new binary could not serve; the old one goes on");
  }
  scoreboard_.set_reload_begun(reload_begun_);
  service_manager_.put_into_environment();
  const Error error = become_binary(binary_path_, options_, left);
  NotifySocket::clear_environment();
  give_up_upgrade(error.message());
}

void Supervisor::give_up_upgrade(const std::string& why) {
  failure_ = why;
  log::write(log::Level::error, "upgrade_failed", {{"reason", why}});
}

// The first time: let sessions finish.  The second time: at once.  The controller answers until
// all workers have ended.
void Supervisor::stop() {
  const std::size_t workers = crew_.workers().size();
  log::write(log::Level::info, "stopping", {{"workers", workers}});
  service_manager_.stopping(cat("Stopping: workers ", workers));
  const auto now = Clock::now();
  const auto drain_time = current_ ? current_->config.drain_time : conf::Seconds{0};
  kill_at_ = is_stopping_ ? now : now + drain_time + kill_grace;
  is_stopping_ = true;
  close_listeners();
  gateways_.drain();
  crew_.tell_workers(WorkerSignal::stop);
}

// As long as anybody has them open, the kernel lets clients in to wait for nothing.
void Supervisor::close_listeners() {
  socket_files_ = open_sockets();
  for (const OpenListeners& listeners : {current_ ? current_->listeners : old_listeners_,
                                         starting_ ? starting_->listeners : OpenListeners{}}) {
    for (const OpenListener& open : listeners) open.socket->reset();
  }
  for (const PassedSocket& socket : passed_) socket.socket->reset();
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
  if (!failure_.empty()) {
    status += cat("; failed: ", failure_);
    scoreboard_.set_failure(failure_);
    scoreboard_.set_reload_begun(reload_begun_);
    crew_.tell_controllers(WorkerSignal::reload_failed);
  }
  wanted_.any() ? service_manager_.status(status) : service_manager_.ready(status);
}

// Sockets of other generations too: whoever has one open keeps the kernel accepting on it.
void Supervisor::let_go() {
  current_.reset();
  starting_.reset();
  old_listeners_.clear();
  passed_.clear();
  gateways_.let_go();
  recoveries_.let_go();
  interfaces_.let_go();
  signals_.reset();
  pid_file_.let_go();
}

}  // namespace postern::daemon
