// SPDX-License-Identifier: ISC
//
// daemon/readiness_watch.cpp - which listeners are to be open, as links and the time go on.

#include "daemon/readiness_watch.h"

#include <algorithm>
#include <utility>

#include "base/local_time.h"
#include "base/log.h"

namespace postern::daemon {

namespace {

// News come in swarms.
constexpr std::chrono::milliseconds swarm{100};

constexpr std::chrono::seconds between_tries{5};

std::chrono::sys_seconds wall_clock() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

ReadinessWatch::ReadinessWatch() : board_(local_time) {
  auto news = net::InterfaceNews::open();
  if (news) {
    news_.emplace(std::move(*news));
  } else {
    log::write(log::Level::error, "interfaces_unknown", {{"error", news.error().message()}});
  }
}

void ReadinessWatch::take_news() {
  if (news_ && news_->take()) next_ = std::min(next_, Clock::now() + swarm);
}

std::vector<policy::Readiness> ReadinessWatch::look(const conf::Config& config) {
  read();
  const auto now = Clock::now();
  auto all = board_.look(config, interfaces_, {now, wall_clock()});
  const auto again = policy::look_again(all);
  next_ = again ? now + *again : Clock::time_point::max();
  return all;
}

void ReadinessWatch::try_again() {
  next_ = std::min(next_, Clock::now() + between_tries);
}

void ReadinessWatch::read() {
  auto interfaces = net::read_interfaces();
  if (interfaces) {
    interfaces_ = std::move(*interfaces);
  } else if (!std::exchange(is_complaint_told_, true)) {
    log::write(log::Level::error, "interfaces_unknown", {{"error", interfaces.error().message()}});
  }
}

}  // namespace postern::daemon
