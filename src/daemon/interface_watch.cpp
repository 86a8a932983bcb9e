// SPDX-License-Identifier: ISC
//
// daemon/interface_watch.cpp - the network interfaces, as the supervisor knows them.

#include "daemon/interface_watch.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"

namespace postern::daemon {

namespace {

// News come in swarms.
constexpr std::chrono::milliseconds swarm{100};

// Without news, or without an answer.
constexpr std::chrono::seconds between_reads{5};

}  // namespace

// Something may have changed since others have read them, so they are to be looked at at once.
InterfaceWatch::InterfaceWatch() {
  auto news = net::InterfaceNews::open();
  if (news) {
    news_.emplace(std::move(*news));
  } else {
    complain(news.error());
  }
  read();
  next_ = Clock::now();
}

void InterfaceWatch::take_news() {
  if (news_ && news_->take()) next_ = std::min(next_, Clock::now() + swarm);
}

const Interfaces& InterfaceWatch::read() {
  auto interfaces = net::read_interfaces();
  next_ = interfaces && news_ ? Clock::time_point::max() : Clock::now() + between_reads;
  if (!interfaces) {
    complain(interfaces.error());
    return interfaces_;
  }
  if (news_) is_complaint_told_ = false;
  interfaces_ = std::move(*interfaces);
  return interfaces_;
}

void InterfaceWatch::complain(const Error& error) {
  const bool is_busy = error.sys_errno == EINTR;  // too much has changed while it answered
  if (is_busy || std::exchange(is_complaint_told_, true)) return;
  log::write(log::Level::error, "interfaces_unknown", {{"error", error.message()}});
}

}  // namespace postern::daemon
