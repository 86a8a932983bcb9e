// SPDX-License-Identifier: ISC
//
// daemon/interface_watch.h - the network interfaces, as the supervisor knows them.

#pragma once

#include <chrono>
#include <optional>

#include "base/interfaces.h"
#include "net/interface_news.h"

namespace postern::daemon {

// As long as the kernel does not answer, what it said last is taken as true, and it is asked again
// every few seconds; the log says so once (interfaces_unknown).
class InterfaceWatch {
 public:
  using Clock = std::chrono::steady_clock;

  InterfaceWatch();

  int fd() const { return news_ ? news_->fd() : -1; }  // to be polled

  // To be called when fd() is readable.
  void take_news();

  // When to read again.
  Clock::time_point next() const { return next_; }

  const Interfaces& read();
  const Interfaces& known() const { return interfaces_; }  // when it was read last

  // For a new process that has no use for it.
  void let_go() { news_.reset(); }

 private:
  void complain(const Error& error);

  std::optional<net::InterfaceNews> news_;
  Interfaces interfaces_;
  Clock::time_point next_;
  bool is_complaint_told_ = false;
};

}  // namespace postern::daemon
