// SPDX-License-Identifier: ISC
//
// policy/readiness_board.h - which listeners are to be open, from look to look.

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/interfaces.h"
#include "base/local_time.h"
#include "conf/config.h"
#include "policy/link_damper.h"
#include "policy/readiness.h"

namespace postern::policy {

// Remembers what readiness_of() wants to know of the past.  It knows listeners and interfaces by
// their names, and so it outlives the configuration that has them.  No I/O and no clock.
class ReadinessBoard {
 public:
  explicit ReadinessBoard(LocalClock local) : local_(std::move(local)) {}

  // What each of config.listeners is to be, in their order.  To be called whenever an
  // interface has changed, config is another one, or the least look_again of the last answer has
  // passed; the caller does what the answer says before it looks again.  now.steady does not run
  // backwards.
  std::vector<Readiness> look(const conf::Config& config, const Interfaces& interfaces,
                              const Moment& now);

 private:
  Readiness look_at(const conf::Listener& listener, const conf::Config& config,
                    const Interfaces& interfaces, const Moment& now);

  LocalClock local_;
  std::map<std::string, LinkDamper> dampers_;          // by interface
  std::map<std::string, ReadinessHistory> histories_;  // by listener
};

// The least look_again of all; nothing if no listener has one.
std::optional<std::chrono::seconds> look_again(const std::vector<Readiness>& all);

}  // namespace postern::policy
