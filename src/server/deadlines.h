// SPDX-License-Identifier: ISC
//
// server/deadlines.h - the moments by which a client must have done something.

#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>

#include "net/loop.h"

namespace postern::server {

// What a client owes, each with a moment of its own.  They are absolute: an octet now and then
// puts none of them off.
enum class Wait {
  command,  // the end of the next command
  message,  // the end of the text of a message
  replies,  // to have taken all that waits to be sent
};

// One timer for all of them.  It is not touched each time that a moment moves away, which is what
// most of them do all the time: when it goes off it looks, and may go back to sleep.
class Deadlines {
 public:
  // on_passed is called once for each that passes, from the loop.
  Deadlines(net::Loop& loop, std::function<void(Wait)> on_passed);

  void start(Wait wait, std::chrono::seconds time);  // counts anew
  void start_if_stopped(Wait wait, std::chrono::seconds time);
  void stop(Wait wait) { moment(wait).reset(); }
  void stop_all();

 private:
  using Clock = std::chrono::steady_clock;
  using Moment = std::optional<Clock::time_point>;

  Moment& moment(Wait wait) { return moments_[static_cast<std::size_t>(wait)]; }
  void sleep();
  void wake();

  std::function<void(Wait)> on_passed_;
  std::array<Moment, 3> moments_;
  Moment wakes_;  // when the timer goes off
  net::Timer timer_;
};

}  // namespace postern::server
