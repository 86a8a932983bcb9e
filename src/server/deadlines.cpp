// SPDX-License-Identifier: ISC
//
// server/deadlines.cpp - the moments by which a client must have done something.

#include "server/deadlines.h"

#include <algorithm>
#include <utility>

namespace postern::server {

Deadlines::Deadlines(net::Loop& loop, std::function<void(Wait)> on_passed)
    : on_passed_(std::move(on_passed)), timer_(loop, [this] { wake(); }) {}

void Deadlines::start(Wait wait, std::chrono::seconds time) {
  moment(wait) = Clock::now() + time;
  sleep();
}

void Deadlines::start_if_stopped(Wait wait, std::chrono::seconds time) {
  if (!moment(wait)) start(wait, time);
}

void Deadlines::stop_all() {
  moments_ = {};
  wakes_.reset();
  timer_.stop();
}

// Until the first moment, unless the timer goes off before that anyway.
void Deadlines::sleep() {
  Moment first;
  for (const Moment& moment : moments_) {
    if (moment && (!first || *moment < *first)) first = moment;
  }
  if (!first || (wakes_ && *wakes_ <= *first)) return;
  wakes_ = first;
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(*first - Clock::now());
  timer_.start(std::max(rest, std::chrono::milliseconds{0}));
}

void Deadlines::wake() {
  wakes_.reset();
  const auto now = Clock::now();
  for (const Wait wait : {Wait::command, Wait::message, Wait::replies}) {
    if (!moment(wait) || *moment(wait) > now) continue;
    stop(wait);
    on_passed_(wait);
  }
  sleep();
}

}  // namespace postern::server
