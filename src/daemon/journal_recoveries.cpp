// SPDX-License-Identifier: ISC
//
// daemon/journal_recoveries.cpp - starts what brings the journals of dead workers into the Maildir.

#include "daemon/journal_recoveries.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "daemon/exit_status.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::seconds first_back_off{1};
constexpr std::chrono::seconds longest_back_off{30};

}  // namespace

JournalRecoveries::JournalRecoveries(server::JournalBoard& journals, InChild in_child)
    : journals_(journals), in_child_(std::move(in_child)) {}

void JournalRecoveries::add(std::size_t row, const std::string& spool,
                            const GenerationPtr& generation) {
  if (row >= server::Scoreboard::max_workers || !journals_.work(row)) return;
  tasks_.push_back({.row = row,
                    .spool = spool,
                    .generation = generation ? generation->for_helpers() : nullptr,
                    .due = {},
                    .back_off = {},
                    .pid = {},
                    .is_tried = false});
}

void JournalRecoveries::add_orphans(Try which) {
  tasks_.emplace_back().is_tried = which == Try::again;
}

void JournalRecoveries::add_all(const Crew& crew,
                                const std::vector<Inheritance::Journal>& inherited) {
  for (std::size_t row = 0; row < server::Scoreboard::max_workers; ++row) {
    if (crew.has_row(row)) continue;
    const auto known = std::find_if(inherited.begin(), inherited.end(),
                                    [row](const auto& journal) { return journal.row == row; });
    add(row, known == inherited.end() ? "" : known->spool, nullptr);
  }
}

std::vector<Inheritance::Journal> JournalRecoveries::to_inherit() const {
  std::vector<Inheritance::Journal> journals;
  for (const Task& task : tasks_) {
    if (task.row) journals.push_back({*task.row, task.spool});
  }
  return journals;
}

void JournalRecoveries::run_due(Clock::time_point now, const GenerationPtr& current) {
  for (Task& task : tasks_) {
    const GenerationPtr& generation = task.generation ? task.generation : current;
    if (task.pid || now < task.due) continue;
    if (generation) {
      start(task, generation);
    } else {
      put_off(task);
    }
  }
}

void JournalRecoveries::start(Task& task, const GenerationPtr& generation) {
  const Try which = std::exchange(task.is_tried, true) ? Try::again : Try::first;
  // Copies, since in_child lets go of the task.
  const auto pid =
      fork_child(in_child_, [&, held = generation, which, row = task.row, spool = task.spool] {
        held->let_go();
        conf::Config config = held->config;
        if (!spool.empty()) config.spool.path = spool;
        return row ? recover_row(config, journals_, *row, which)
                   : recover_orphans(config, journals_, which);
      });
  if (pid) {
    task.pid = *pid;
    return;
  }
  complain_of_recovery(pid.error());
  put_off(task);
}

void JournalRecoveries::put_off(Task& task) const {
  task.pid.reset();
  task.back_off = std::clamp<Clock::duration>(task.back_off * 2, first_back_off, longest_back_off);
  task.due = Clock::now() + task.back_off;
}

std::optional<JournalRecoveries::Clock::time_point> JournalRecoveries::next() const {
  std::optional<Clock::time_point> next;
  for (const Task& task : tasks_) {
    if (!task.pid) next = std::min(next.value_or(task.due), task.due);
  }
  return next;
}

bool JournalRecoveries::take_dead(pid_t pid, int status) {
  const auto task = std::find_if(tasks_.begin(), tasks_.end(),
                                 [pid](const Task& each) { return each.pid == pid; });
  if (task == tasks_.end()) return false;
  if (status == 0) {
    if (task->row) journals_.clear(*task->row);
    tasks_.erase(task);
    return true;
  }
  // One that has ended by itself has told why.
  if (WIFSIGNALED(status)) complain_of_recovery({Errc::permanent, describe_status(status)});
  put_off(*task);
  return true;
}

bool JournalRecoveries::is_idle() const {
  return std::all_of(tasks_.begin(), tasks_.end(), [](const Task& task) {
    return !task.pid && task.back_off != Clock::duration{};
  });
}

void JournalRecoveries::kill_all() const {
  for (const Task& task : tasks_) {
    if (task.pid) ::kill(*task.pid, SIGKILL);
  }
}

}  // namespace postern::daemon
