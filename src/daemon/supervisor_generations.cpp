// SPDX-License-Identifier: ISC
//
// daemon/supervisor_generations.cpp - generations start, come into force, fail; what dies is
// replaced.

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "daemon/exit_status.h"
#include "daemon/supervisor.h"

namespace postern::daemon {

namespace {

using std::chrono::seconds;

// Of old generations whose sessions are still being finished.
constexpr std::size_t most_old_generations = 16;

// For new workers to be ready.
constexpr seconds start_patience{30};

// For old workers to let nobody in any more.
constexpr seconds closing_patience{2};

// For workers that came up in vain to end.
constexpr seconds kill_grace{5};

}  // namespace

void Supervisor::start_generation(GenerationPtr generation) {
  crew_.clear_unused_rows();
  starting_epoch_ = ++last_epoch_;
  start_deadline_ = Clock::now() + start_patience;
  starting_ = generation;
  // Each may fail, and then the start is abandoned.
  for (std::uint32_t i = 0; i < generation->config.workers && starting_epoch_ != 0; ++i) {
    start_worker(starting_epoch_, generation);
  }
  if (starting_epoch_ != 0) start_controller(starting_epoch_, generation);
}

void Supervisor::start_worker(std::uint64_t epoch, GenerationPtr generation) {
  const auto started = crew_.start(epoch, std::move(generation));
  if (started) return;
  log::write(log::Level::alert, "worker_failed", {{"error", started.error().message()}});
  if (epoch == starting_epoch_) return abandon_start(started.error().message());
  replacements_.put_off(Replacements::Role::worker, Clock::now());
}

void Supervisor::start_controller(std::uint64_t epoch, GenerationPtr generation) {
  if (generation->control_sockets.empty()) return;
  const auto started = crew_.start_controller(epoch, std::move(generation));
  if (started) return;
  log::write(log::Level::alert, "worker_failed", {{"error", started.error().message()}});
  if (epoch == starting_epoch_) return abandon_start(started.error().message());
  replacements_.put_off(Replacements::Role::controller, Clock::now());
}

// When all new workers serve, the generation is in force.
void Supervisor::check_started() {
  if (starting_epoch_ == 0 || is_stopping_) return;
  if (!crew_.is_ready(starting_epoch_)) return;
  const OpenListeners before = open_sockets();
  current_epoch_ = std::exchange(starting_epoch_, 0);
  const GenerationPtr old = std::exchange(current_, std::move(starting_));
  old_listeners_.clear();
  remove_socket_files(no_longer_in(before, open_sockets()));
  replacements_.clear();
  inspection_.start(*current_);
  scoreboard_.set_reload_begun(reload_begun_);
  crew_.tell_other_workers(current_epoch_, WorkerSignal::drain);
  replace_controller_by_ = Clock::now() + closing_patience;
  const std::size_t rows = server::Scoreboard::max_workers / current_->config.workers;
  crew_.hurry(std::min(most_old_generations, std::max<std::size_t>(rows, 3) - 2));
  if (const auto written = pid_file_.write(); !written) {
    log::write(log::Level::error, "pid_file_failed", {{"error", written.error().message()}});
  }
  log::write(log::Level::info, "serving",
             {{"generation", current_epoch_},
              {"workers", current_->config.workers},
              {"listeners", current_->listeners.size()},
              {"pid", ::getpid()}});
  log_changes(old.get(), *current_);
  tell_readiness(*current_, current_->readiness);
  if (on_started_) std::exchange(on_started_, nullptr)(EX_OK);
  tell_state();
}

// The old controller says that the new configuration is in force, so it is told last.
void Supervisor::replace_controller() {
  if (!replace_controller_by_ || starting_epoch_ != 0) return;
  if (!crew_.is_alone(current_epoch_) && Clock::now() < *replace_controller_by_) return;
  replace_controller_by_.reset();
  crew_.tell_other_controllers(current_epoch_, WorkerSignal::drain);
}

// Listeners that are to open or to close, because a link or the time has changed.
void Supervisor::follow_readiness(Clock::time_point now) {
  if (!current_ || now < listening_.readiness.next()) return;
  auto wished = listening_.readiness.look(current_->config);
  if (is_as_wished(*current_, wished)) return tell_readiness(*current_, wished);
  Faults faults;
  auto next =
      reopen_listeners(*current_, std::move(wished), open_sockets(), listening_.passed, faults);
  tell_readiness(*next, next->readiness);
  if (!faults.empty()) listening_.readiness.try_again();
  for (const std::string& fault : faults == listener_faults_ ? Faults{} : faults) {
    log::write(log::Level::error, "listener_failed", {{"error", fault}});
  }
  listener_faults_ = std::move(faults);
  const bool is_changed = !no_longer_in(next->listeners, current_->listeners).empty() ||
                          !no_longer_in(current_->listeners, next->listeners).empty();
  if (is_changed) start_generation(std::move(next));
}

void Supervisor::tell_readiness(const Generation& generation,
                                const std::vector<policy::Readiness>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    scoreboard_.set_readiness(generation.columns[i], all[i].why);
  }
}

void Supervisor::abandon_start(const std::string& why) {
  const bool has_workers = current_ || !old_listeners_.empty();
  if (has_workers) log::write(log::Level::error, "reload_failed", {{"reason", why}});
  if (!has_workers) log::write(log::Level::alert, "start_failed", {{"reason", why}});
  const std::uint64_t epoch = std::exchange(starting_epoch_, 0);
  remove_socket_files(no_longer_in(starting_->all_sockets(), open_sockets()));
  starting_.reset();
  crew_.tell(epoch, WorkerSignal::stop);
  if (has_workers) {
    failure_ = why;
    listening_.readiness.try_again();
    return tell_state();
  }
  exit_code_ = EX_OSERR;
  is_stopping_ = true;
  kill_at_ = Clock::now() + kill_grace;
  if (on_started_) std::exchange(on_started_, nullptr)(exit_code_);
}

// One that cannot be started is counted again, for later.
void Supervisor::replace_dead(Clock::time_point now) {
  const Replacements::Dead dead = replacements_.take_due(now);
  for (std::uint32_t i = 0; i < dead.workers; ++i) start_worker(current_epoch_, current_);
  if (dead.controller) start_controller(current_epoch_, current_);
}

void Supervisor::on_worker_exit(const WorkerProcess& worker, int status) {
  const std::string_view role = worker.is_controller() ? "controller" : "worker";
  // When the server stops, all may be killed in the end.
  if (worker.is_ending() || is_stopping_) {
    log::write(log::Level::info, "worker_ended",
               {{"pid", worker.pid()}, {"role", role}, {"status", describe_status(status)}});
    return;
  }
  log::write(log::Level::alert, "worker_died",
             {{"pid", worker.pid()}, {"role", role}, {"status", describe_status(status)}});
  if (starting_epoch_ != 0 && worker.epoch() == starting_epoch_) {
    return abandon_start(describe_status(status));
  }
  // Left by the binary before, with nothing to start another one from but the file.
  if (!current_) wanted_.reload = true;
  if (!current_ || worker.epoch() != current_epoch_) return;
  const auto now = Clock::now();
  const auto kind =
      worker.is_controller() ? Replacements::Role::controller : Replacements::Role::worker;
  replacements_.add(kind, now - worker.started(), now);
}

}  // namespace postern::daemon
