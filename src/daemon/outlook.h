// SPDX-License-Identifier: ISC
//
// daemon/outlook.h - which listeners are to be open, now and later.

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/interfaces.h"
#include "conf/config.h"
#include "daemon/column_plan.h"
#include "daemon/open_listener.h"
#include "policy/readiness.h"
#include "policy/readiness_board.h"

namespace postern::daemon {

// All that is known of listeners beyond the configuration that has them.  A value: a configuration
// that may come into force, or not, has a copy, which is kept if it does.
class Outlook {
 public:
  using Clock = std::chrono::steady_clock;

  Outlook();

  // Decides for each listener of config; open are those that are open now.
  void look(const conf::Config& config, const Interfaces& interfaces, const OpenListeners& open);

  // What was decided, in the order of the listeners, and their columns in the scoreboard.
  const std::vector<policy::Readiness>& readiness() const { return readiness_; }
  const std::vector<std::size_t>& columns() const { return columns_; }

  // When to look again, at the latest, if nothing happens before.
  Clock::time_point next() const { return next_; }

  // One that was to be open cannot be; the next look is soon.
  void set_failed(std::size_t index, const std::string& why);
  void try_again();

  // The columns that another program has assigned, by name
  void restore(const std::vector<std::string>& names_by_column);
  std::vector<std::string> names_by_column() const { return plan_.names(); }

 private:
  policy::ReadinessBoard board_;
  ColumnPlan plan_;
  std::vector<policy::Readiness> readiness_;
  std::vector<std::size_t> columns_;
  Clock::time_point next_ = Clock::time_point::max();
};

}  // namespace postern::daemon
