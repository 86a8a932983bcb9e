// SPDX-License-Identifier: ISC
//
// daemon/gateways.cpp - the gateway to AppleTalk, and those before it that end.

#include "daemon/gateways.h"

#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/log.h"
#include "daemon/exit_status.h"
#include "gateway/run.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::seconds healthy_life{10};
constexpr std::chrono::seconds first_back_off{1};
constexpr std::chrono::seconds longest_back_off{30};

}  // namespace

Gateways::Gateways(UniqueFd board, InChild in_child)
    : board_(std::move(board)), in_child_(std::move(in_child)) {}

void Gateways::adopt(const Inheritance::Gateway& gateway) {
  UniqueFd told{gateway.control};  // closing is telling
  all_.push_back({gateway.pid, UniqueFd{}, Clock::now()});
}

void Gateways::follow(GenerationPtr current, unsigned interface, bool renew) {
  const conf::Config& config = current->config;
  Terms terms{config.appletalk, config.user, config.sandbox, config.log, interface};
  retry_at_.reset();
  if (serving_ && !renew && *terms_ == terms) return;
  drain();
  const std::string& name = config.appletalk.interface;
  const bool is_missing = !name.empty() && interface == 0;
  if (is_missing && !is_missing_) {
    log::write(log::Level::error, "appletalk_waiting", {{"interface", name}});
  }
  is_missing_ = is_missing;
  if (!name.empty() && interface != 0) start(current, std::move(terms));
}

void Gateways::start(const GenerationPtr& generation, Terms terms) {
  auto control = make_socket_pair(SOCK_STREAM);
  auto pid = control ? fork_child(
                           [&] {
                             in_child_();
                             control->ours.reset();
                           },
                           [&] {
                             generation->let_go();
                             return gateway::run_gateway(
                                 {generation->config, board_, std::move(control->theirs)});
                           })
                     : tl::unexpected(control.error());
  if (!pid) {
    log::write(log::Level::alert, "appletalk_failed", {{"error", pid.error().message()}});
    retry_at_ = Clock::now() + longest_back_off;
    return;
  }
  all_.push_back({*pid, std::move(control->ours), Clock::now()});
  serving_ = *pid;
  terms_ = std::move(terms);
}

bool Gateways::take_dead(pid_t pid, int status) {
  const auto dead = std::find_if(all_.begin(), all_.end(),
                                 [pid](const Process& process) { return process.pid == pid; });
  if (dead == all_.end()) return false;
  const bool was_told = serving_ != pid;
  const auto life = Clock::now() - dead->started;
  all_.erase(dead);
  if (!was_told || !serving_) board_.write({});  // what it showed is no longer true
  if (was_told) {
    log::write(log::Level::info, "worker_ended",
               {{"pid", pid}, {"role", "gateway"}, {"status", describe_status(status)}});
    return true;
  }
  log::write(log::Level::alert, "worker_died",
             {{"pid", pid}, {"role", "gateway"}, {"status", describe_status(status)}});
  serving_.reset();
  terms_.reset();
  back_off_ = life >= healthy_life
                  ? first_back_off
                  : std::clamp<Clock::duration>(back_off_ * 2, first_back_off, longest_back_off);
  retry_at_ = Clock::now() + back_off_;
  return true;
}

void Gateways::drain() {
  for (Process& process : all_) process.control.reset();
  serving_.reset();
  terms_.reset();
  board_.write({});
}

void Gateways::cut() {
  if (std::exchange(is_cut_, true)) return;
  for (const Process& process : all_) ::kill(process.pid, SIGTERM);
}

void Gateways::kill_all() const {
  for (const Process& process : all_) ::kill(process.pid, SIGKILL);
}

std::vector<Inheritance::Gateway> Gateways::to_inherit() const {
  std::vector<Inheritance::Gateway> gateways;
  for (const Process& process : all_) gateways.push_back({process.pid, process.control.get()});
  return gateways;
}

void Gateways::let_go() {
  all_.clear();
}

}  // namespace postern::daemon
