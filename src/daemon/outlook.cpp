// SPDX-License-Identifier: ISC
//
// daemon/outlook.cpp - which listeners are to be open, now and later.

#include "daemon/outlook.h"

#include <algorithm>

#include "base/local_time.h"
#include "server/scoreboard.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::seconds between_tries{5};

std::chrono::sys_seconds wall_clock() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

Outlook::Outlook() : board_(local_time), plan_(server::Scoreboard::max_listeners) {}

void Outlook::look(const conf::Config& config, const Interfaces& interfaces,
                   const OpenListeners& open) {
  policy::ReadinessBoard::Names open_names;
  for (const OpenListener& listener : open) open_names.insert(listener.name);
  std::vector<std::string> names;
  for (const conf::Listener& listener : config.listeners) names.push_back(listener.name);
  const auto now = Clock::now();
  readiness_ = board_.look(config, interfaces, open_names, {now, wall_clock()});
  columns_ = plan_.assign(names);
  const auto again = policy::look_again(readiness_);
  next_ = again ? now + *again : Clock::time_point::max();
}

void Outlook::set_failed(std::size_t index, const std::string& why) {
  readiness_[index].is_ready = false;
  readiness_[index].why = why;
  try_again();
}

void Outlook::try_again() {
  next_ = std::min(next_, Clock::now() + between_tries);
}

void Outlook::restore(const std::vector<std::string>& names_by_column) {
  for (std::size_t i = 0; i < names_by_column.size(); ++i) {
    if (!names_by_column[i].empty()) plan_.restore(names_by_column[i], i);
  }
}

}  // namespace postern::daemon
