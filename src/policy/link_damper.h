// SPDX-License-Identifier: ISC
//
// policy/link_damper.h - a link that comes and goes is not believed at once.

#pragma once

#include <chrono>
#include <deque>
#include <optional>

namespace postern::policy {

// That a link is down is true at once.  That it is up is believed at once, too, as long as it was
// not lost more than once within the last minutes; then only after it has held for a second, and
// for twice as long with each further loss, up to about a minute.  No I/O and no clock.
class LinkDamper {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Seconds = std::chrono::seconds;

  static constexpr Seconds memory{300};  // after which a loss is forgotten
  static constexpr Seconds longest_wait{64};

  // now does not run backwards from call to call.
  void update(bool is_up, Time now);

  // When it may be relied on, if it holds; nothing if it may already, or is down.  now is that of
  // the last update.
  std::optional<Time> settles_at(Time now) const;

 private:
  Seconds wait() const;

  bool is_up_ = false;
  Time settles_at_;          // while it is up
  std::deque<Time> losses_;  // the last ones, oldest first; no more than matter
};

}  // namespace postern::policy
