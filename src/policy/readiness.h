// SPDX-License-Identifier: ISC
//
// policy/readiness.h - whether a listener is to be open now, and why.

#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/local_time.h"
#include "conf/config.h"
#include "policy/link_damper.h"

namespace postern::policy {

// What the system says of a network interface.  The default is one that does not exist.
struct LinkState {
  bool exists = false;
  bool is_running = false;   // IFF_RUNNING: there is a carrier
  bool has_address = false;  // of either family, and not a tentative one

  bool is_up() const { return exists && is_running && has_address; }
};

// A moment by both clocks: intervals go by the one that nobody sets, schedules by the other.
struct Moment {
  std::chrono::steady_clock::time_point steady;
  std::chrono::sys_seconds wall;
};

// What has been decided of a listener before.  Whether it is open now is another matter.
struct ReadinessHistory {
  using Time = std::chrono::steady_clock::time_point;

  std::optional<Time> lingers_since{};  // open, but only for so long
  std::optional<Time> closed_at{};      // by link or schedule; nothing before the first time
};

enum class ReadinessReason {
  no_channels,    // channels is 0
  no_interface,   // that of the listener does not exist
  kept,           // keep_ready
  link_down,      // or without an interface or an address
  link_unsteady,  // up, but not for long enough
  out_of_hours,   // the schedule has no time for it
  pausing,        // the schedule wants it closed for some more time
  lingering,      // open still
  on_demand,      // open, since nothing speaks against it
};

struct Readiness {
  bool is_ready = false;
  ReadinessReason reason = ReadinessReason::no_channels;
  std::string why{};  // for people: "link uplink is down", "schedule: opens Mon 08:00"

  // Unless a link changes earlier, how long the decision may stand before it is made again: not
  // always until it changes, since somebody may set the clock meanwhile.  Nothing: for ever.
  std::optional<std::chrono::seconds> look_again{};
};

// A link as a listener sees it.
struct ObservedLink {
  LinkState state;
  const LinkDamper& damper;  // which has seen this state
};

// What a listener is to be that is_open or not.  link is that of listener.link, or nullptr if it
// has none; local, the clock of the schedule.  No I/O: the same arguments have the same result.
Readiness readiness_of(const conf::Listener& listener, const conf::Config& config,
                       const ObservedLink* link, const Moment& now, const LocalClock& local,
                       bool is_open, const ReadinessHistory& history);

// The history after that was decided of a listener that is_open or not.
ReadinessHistory follow(ReadinessHistory history, const Readiness& readiness, bool is_open,
                        const Moment& now);

}  // namespace postern::policy
