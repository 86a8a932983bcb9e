// SPDX-License-Identifier: ISC
//
// daemon/supervisor_generations.cpp - generations start, come into force, fail; what dies is
// replaced.

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "daemon/exit_status.h"
#include "daemon/listener_changes.h"
#include "daemon/supervisor.h"

namespace postern::daemon {

namespace {

using std::chrono::seconds;

// Of old generations whose sessions are still being finished.
constexpr std::size_t most_old_generations = 16;

// Listeners follow links no faster than this, so that old generations are few.
constexpr seconds between_readiness{2};
constexpr std::chrono::milliseconds between_looks{100};

// For new workers to be ready, besides what they write first.
constexpr seconds start_patience{30};

// In a second, when a slow disk is filled with the zeros of new journals.
constexpr std::uint64_t least_octets_filled = std::uint64_t{4} << 20;

// For old workers to let nobody in any more.
constexpr seconds closing_patience{2};

// For workers that came up in vain to end.
constexpr seconds kill_grace{5};

// Too short a time would make the start impossible, since each begins with its journals anew; one
// that is too long only keeps a process that hangs.
seconds patience_with(const conf::Config& config) {
  if (config.spool.engine != conf::SpoolEngine::journal) return start_patience;
  return start_patience + seconds{config.workers * config.spool.journal.size / least_octets_filled};
}

}  // namespace

void Supervisor::start_generation(GenerationPtr generation, Outlook outlook) {
  crew_.clear_unused_rows();
  starting_epoch_ = ++last_epoch_;
  start_deadline_ = Clock::now() + patience_with(generation->config);
  starting_ = generation;
  starting_outlook_ = std::move(outlook);
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
  outlook_ = starting_outlook_;
  log_changes(old.get(), before, *current_, outlook_);
  gateways_.look_again();
  tell_readiness();
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

// Nothing while there is no generation in force, or one is about to be.
std::optional<Supervisor::Clock::time_point> Supervisor::next_look_at_links() const {
  if (!current_ || starting_epoch_ != 0 || is_stopping_) return std::nullopt;
  return std::max(std::min(interfaces_.next(), outlook_.next()), next_readiness_at_);
}

// Listeners that are to open or to close, because a link or the time has changed.
void Supervisor::follow_readiness() {
  Outlook outlook = outlook_;
  GenerationPtr next = reopen(outlook);
  gateways_.look_again();
  if (!next) {
    next_readiness_at_ = Clock::now() + between_looks;
    outlook_ = std::move(outlook);
    return tell_readiness();
  }
  next_readiness_at_ = Clock::now() + between_readiness;
  is_asked_for_ = false;
  start_generation(std::move(next), std::move(outlook));
}

// The generation in force with what is to be open now; nullptr if that is what is.  Whoever forks
// must not hold on to the surroundings, or the child has sockets open that it knows nothing of.
GenerationPtr Supervisor::reopen(Outlook& outlook) {
  const Surroundings now = surroundings();
  outlook.look(current_->config, now.interfaces, current_->listeners);
  Faults faults;
  GenerationPtr next;
  if (!is_as_wished(*current_, outlook)) {
    next = reopen_listeners(*current_, now, outlook, faults);
  }
  for (const std::string& fault : faults == listener_faults_ ? Faults{} : faults) {
    log::write(log::Level::error, "listener_failed", {{"error", fault}});
  }
  listener_faults_ = std::move(faults);
  return next && !has_same_sockets(*next, *current_) ? next : nullptr;
}

void Supervisor::follow_appletalk(bool renew) {
  if (!current_) return;
  const Interfaces& interfaces = interfaces_.known();
  const auto found = interfaces.find(current_->config.appletalk.interface);
  gateways_.follow(current_, found == interfaces.end() ? 0 : found->second.index, renew);
}

void Supervisor::tell_readiness() {
  for (std::size_t i = 0; i < outlook_.readiness().size(); ++i) {
    scoreboard_.set_readiness(current_->columns[i], outlook_.readiness()[i].why);
  }
}

void Supervisor::abandon_start(const std::string& why) {
  const bool has_workers = current_ || !old_listeners_.empty();
  if (!has_workers) {
    log::write(log::Level::alert, "start_failed", {{"reason", why}});
  } else if (is_asked_for_) {
    log::write(log::Level::error, "reload_failed", {{"reason", why}});
  } else {
    log::write(log::Level::error, "listener_failed", {{"error", why}});
  }
  const std::uint64_t epoch = std::exchange(starting_epoch_, 0);
  remove_socket_files(no_longer_in(starting_->all_sockets(), open_sockets()));
  starting_.reset();
  crew_.tell(epoch, WorkerSignal::stop);
  if (has_workers) {
    outlook_.try_again();
    if (!is_asked_for_) return;
    failure_ = why;
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

// It drains, and takes no more mail.
void Supervisor::replace_failed(const Crew::Failed& worker) {
  if (is_stopping_) return;
  if (starting_epoch_ != 0 && worker.epoch == starting_epoch_) {
    return abandon_start("a journal has failed");
  }
  if (!current_) wanted_.reload = true;
  if (!current_ || worker.epoch != current_epoch_) return;
  replacements_.add(Replacements::Role::worker, worker.life, Clock::now());
}

void Supervisor::on_worker_exit(const WorkerProcess& worker, int status) {
  if (!worker.is_controller()) recoveries_.add(worker.row(), worker.spool(), worker.generation());
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
    return abandon_start(cat("a worker has ended (", describe_status(status),
                             "); the lines of the log before say why"));
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
