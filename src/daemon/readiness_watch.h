// SPDX-License-Identifier: ISC
//
// daemon/readiness_watch.h - which listeners are to be open, as links and the time go on.

#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/interfaces.h"
#include "conf/config.h"
#include "net/interface_news.h"
#include "policy/readiness.h"
#include "policy/readiness_board.h"

namespace postern::daemon {

// Asks the kernel for the interfaces and its clock for the time, and policy what follows.  If the
// kernel does not answer, the log says so, and what was known last is taken as true.
class ReadinessWatch {
 public:
  using Clock = std::chrono::steady_clock;

  ReadinessWatch();

  int fd() const { return news_ ? news_->fd() : -1; }  // to be polled

  // To be called when fd() is readable.
  void take_news();

  // When look() is to be called next, at the latest.
  Clock::time_point next() const { return next_; }

  // What each of config.listeners is to be now.  The caller makes it so, or calls try_again().
  std::vector<policy::Readiness> look(const conf::Config& config);

  // What was to be opened cannot be; the next look is soon.
  void try_again();

  const Interfaces& interfaces() const { return interfaces_; }  // at the last look

  // For a new process that has no use for it.
  void let_go() { news_.reset(); }

 private:
  void read();

  std::optional<net::InterfaceNews> news_;
  Interfaces interfaces_;
  policy::ReadinessBoard board_;
  Clock::time_point next_ = Clock::time_point::max();
  bool is_complaint_told_ = false;
};

}  // namespace postern::daemon
