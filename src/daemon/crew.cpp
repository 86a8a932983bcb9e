// SPDX-License-Identifier: ISC
//
// daemon/crew.cpp - the workers that run, those of old generations too.

#include "daemon/crew.h"

#include <sys/wait.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "daemon/exit_status.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::seconds helper_back_off{1};

}  // namespace

Crew::Crew(const SharedState& shared, gateway::Board& board, InChild in_child)
    : shared_(shared), board_(board), let_go_(std::move(in_child)) {}

void Crew::adopt(const Inheritance::Worker& worker) {
  workers_.push_back(WorkerProcess::adopt(worker));
}

void Crew::clear_unused_rows() {
  shared_.scoreboard.clear_unused([this](std::size_t row) { return has_row(row); });
}

Result<void> Crew::start(std::uint64_t epoch, GenerationPtr generation) {
  const std::size_t row = free_row();
  if (row >= server::Scoreboard::max_workers) {
    return fail(Errc::temporary, "too many workers are still draining");
  }
  auto worker = WorkerProcess::start(epoch, std::move(generation), shared_, row, in_worker());
  if (!worker) return tl::unexpected(worker.error());
  workers_.push_back(std::move(*worker));
  return {};
}

Result<void> Crew::start_controller(std::uint64_t epoch, GenerationPtr generation) {
  auto controller =
      WorkerProcess::start_controller(epoch, std::move(generation), shared_, board_, in_child());
  if (!controller) return tl::unexpected(controller.error());
  workers_.push_back(std::move(*controller));
  return {};
}

std::optional<WorkerProcess> Crew::take_dead(pid_t pid, int status) {
  const auto worker = std::find_if(workers_.begin(), workers_.end(), [pid](const auto& process) {
    return process.pid() == pid || process.has_helper(pid) || process.has_flusher(pid);
  });
  if (worker == workers_.end()) return std::nullopt;
  if (worker->has_flusher(pid)) {
    worker->forget_flusher(pid);
    if (status != 0) {  // else it has heard first that its worker has ended
      log::write(log::Level::error, "flusher_died",
                 {{"pid", pid}, {"status", describe_status(status)}});
      end_failed(*worker);
    }
    return std::nullopt;
  }
  if (worker->pid() == pid) {
    WorkerProcess dead = std::move(*worker);
    workers_.erase(worker);
    if (!dead.is_controller()) shared_.scoreboard.clear_row(dead.row());
    return dead;
  }
  worker->forget_helper(pid);
  // One whose worker has ended ends too, of its own accord, and may be heard of first.
  if (status == 0) return std::nullopt;
  log::write(log::Level::error, "helper_died", {{"pid", pid}, {"status", describe_status(status)}});
  dead_helpers_.push_back({worker->pid(), Clock::now() + helper_back_off});
  return std::nullopt;
}

void Crew::replace_dead_helpers(Clock::time_point now) {
  for (DeadHelper& helper : std::exchange(dead_helpers_, {})) {
    if (now >= helper.replace_at) {
      if (replace(helper)) continue;
      helper.replace_at = now + helper_back_off;
    }
    dead_helpers_.push_back(helper);
  }
}

// False if it is to be tried again.
bool Crew::replace(const DeadHelper& helper) {
  const auto worker = std::find_if(workers_.begin(), workers_.end(), [&](const auto& process) {
    return process.pid() == helper.worker;
  });
  if (worker == workers_.end()) return true;
  const auto replaced = worker->add_helper([this] {
    in_worker()();
    shared_.let_go();
  });
  if (!replaced) {
    log::write(log::Level::alert, "helper_failed", {{"error", replaced.error().message()}});
  }
  return replaced.has_value();
}

std::vector<WorkerSignal> Crew::listen() {
  std::vector<WorkerSignal> heard;
  for (WorkerProcess& worker : workers_) {
    if (worker.control_fd() < 0) continue;
    const auto signal = worker.listen();
    if (!signal) continue;
    if (*signal == WorkerSignal::helpers_stuck) {
      worker.kill_helpers();
    } else if (*signal == WorkerSignal::journal_failed) {
      end_failed(worker);
    } else if (worker.is_controller() || *signal == WorkerSignal::log_lost) {
      heard.push_back(*signal);
    }
  }
  return heard;
}

// It can take no more mail.
void Crew::end_failed(WorkerProcess& worker) {
  if (worker.is_ending()) return;
  worker.tell(WorkerSignal::hurry);
  failed_.push_back({worker.epoch(), Clock::now() - worker.started()});
}

bool Crew::is_ready(std::uint64_t epoch) const {
  return std::all_of(workers_.begin(), workers_.end(), [epoch](const auto& worker) {
    return worker.epoch() != epoch || worker.is_ready();
  });
}

void Crew::tell_all(WorkerSignal signal) {
  for (WorkerProcess& worker : workers_) worker.tell(signal);
}

void Crew::tell_workers(WorkerSignal signal) {
  for (WorkerProcess& worker : workers_) {
    if (!worker.is_controller()) worker.tell(signal);
  }
}

bool Crew::has_no_workers() const {
  return std::all_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker.is_controller(); });
}

void Crew::tell(std::uint64_t epoch, WorkerSignal signal) {
  for (WorkerProcess& worker : workers_) {
    if (worker.epoch() == epoch) worker.tell(signal);
  }
}

void Crew::tell_other_workers(std::uint64_t epoch, WorkerSignal signal) {
  for (WorkerProcess& worker : workers_) {
    if (worker.epoch() != epoch && !worker.is_controller()) worker.tell(signal);
  }
}

void Crew::tell_other_controllers(std::uint64_t epoch, WorkerSignal signal) {
  for (WorkerProcess& worker : workers_) {
    if (worker.epoch() != epoch && worker.is_controller()) worker.tell(signal);
  }
}

bool Crew::is_alone(std::uint64_t epoch) const {
  return std::all_of(workers_.begin(), workers_.end(), [epoch](const auto& worker) {
    return worker.epoch() == epoch || worker.is_controller() || worker.has_closed();
  });
}

void Crew::kill_all() const {
  for (const WorkerProcess& worker : workers_) worker.kill();
}

void Crew::tell_controllers(WorkerSignal signal) const {
  for (const WorkerProcess& worker : workers_) {
    if (worker.is_controller()) worker.send(signal);
  }
}

std::vector<pid_t> Crew::silent_since(Clock::time_point time) const {
  std::vector<pid_t> silent;
  for (const WorkerProcess& worker : workers_) {
    if (worker.is_controller() || !worker.is_ready()) continue;
    const auto beat = shared_.scoreboard.last_beat(worker.row());
    const bool is_seen = beat != Clock::time_point{};  // else it beats on another scoreboard
    if (is_seen && beat < time) silent.push_back(worker.pid());
  }
  return silent;
}

void Crew::hurry(std::size_t most_generations) {
  std::set<std::uint64_t> old;
  for (const WorkerProcess& worker : workers_) {
    if (worker.is_ending()) old.insert(worker.epoch());
  }
  for (; old.size() > most_generations; old.erase(old.begin())) {
    tell(*old.begin(), WorkerSignal::hurry);
  }
}

bool Crew::has_row(std::size_t row) const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [row](const auto& worker) { return worker.row() == row; });
}

std::optional<Crew::Failed> Crew::take_failed() {
  if (failed_.empty()) return std::nullopt;
  const Failed failed = failed_.back();
  failed_.pop_back();
  return failed;
}

// That of a dead worker whose journal is not recovered yet is not free.
std::size_t Crew::free_row() const {
  std::size_t row = 0;
  while (row < server::Scoreboard::max_workers && (has_row(row) || shared_.journals.work(row))) {
    ++row;
  }
  return row;
}

InChild Crew::in_child() {
  return [this] {
    workers_.clear();
    let_go_();
  };
}

// What gateways show is for the controller.
InChild Crew::in_worker() {
  return [this] {
    in_child()();
    board_.let_go();
  };
}

}  // namespace postern::daemon
