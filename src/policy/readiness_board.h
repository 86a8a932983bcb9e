// SPDX-License-Identifier: ISC
//
// policy/readiness_board.h - which listeners are to be open, from look to look.

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
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
// their names, and so it outlives the configuration that has them.  A value: what a configuration
// would have can be found out with a copy.  No I/O and no clock.
class ReadinessBoard {
 public:
  using Names = std::set<std::string, std::less<>>;

  explicit ReadinessBoard(LocalClock local) : local_(std::move(local)) {}

  // What each of config.listeners is to be, in their order; open are those that are open now.  To
  // be called whenever an interface has changed, config is another one, or the least look_again of
  // the last answer has passed.  now.steady does not run backwards.
  std::vector<Readiness> look(const conf::Config& config, const Interfaces& interfaces,
                              const Names& open, const Moment& now);

 private:
  // An interface that listeners are reached through.
  struct Presence {
    unsigned index = 0;  // 0: it does not exist
    LinkDamper damper;
  };

  void see_interfaces(const conf::Config& config, const Interfaces& interfaces, const Moment& now);
  Readiness look_at(const conf::Listener& listener, const conf::Config& config,
                    const Interfaces& interfaces, bool is_open, const Moment& now);
  std::optional<Readiness> refuse_by_interface(const std::string& name, const Moment& now) const;

  LocalClock local_;
  std::map<std::string, LinkDamper> dampers_;          // of links, by interface
  std::map<std::string, Presence> presences_;          // by interface
  std::map<std::string, ReadinessHistory> histories_;  // by listener
};

// The least look_again of all; nothing if no listener has one.
std::optional<std::chrono::seconds> look_again(const std::vector<Readiness>& all);

}  // namespace postern::policy
