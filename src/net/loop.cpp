// SPDX-License-Identifier: ISC
//
// net/loop.cpp - libevent's loop, timers, descriptors and signals with owners.

#include "net/loop.h"

#include <event2/event.h>
#include <sys/time.h>

#include <cstdlib>

namespace postern::net {

namespace {

// What waits for the end of a turn, such as connections that are done, is bounded by this.
constexpr int most_steps = 256;

using Callback = std::function<void()>;

// noexcept: libevent is C, an exception must not pass through it.
void call_back(evutil_socket_t, short, void* callback) noexcept {
  (*static_cast<Callback*>(callback))();
}

// The callback's address must not change as long as the event lives, so its owners do not move.
event* make_event(const Loop& loop, int fd, int what, Callback& callback) {
  event* ev = ::event_new(loop.base(), fd, static_cast<short>(what), call_back, &callback);
  if (ev == nullptr) std::abort();
  return ev;
}

}  // namespace

void Loop::Free::operator()(event_base* base) const {
  ::event_base_free(base);
}

void detail::FreeEvent::operator()(event* ev) const {
  ::event_free(ev);
}

Loop::Loop() : base_(::event_base_new()) {
  if (!base_) std::abort();
}

Loop::~Loop() = default;

void Loop::run(const std::function<void()>& end_of_turn) {
  while (!stopped_) {
    steps_ = 0;
    ::event_base_loop(base_.get(), EVLOOP_ONCE);
    end_of_turn();
  }
  stopped_ = false;
}

// EVLOOP_ONCE alone goes on while a callback that was deferred is still to be called.
void Loop::take_step() {
  if (++steps_ == most_steps) ::event_base_loopbreak(base_.get());
}

Timer::Timer(Loop& loop, std::function<void()> callback)
    : callback_(std::move(callback)), event_(make_event(loop, -1, EV_TIMEOUT, callback_)) {}

void Timer::start(std::chrono::milliseconds delay) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(delay);
  timeval interval{};
  interval.tv_sec = seconds.count();
  interval.tv_usec = std::chrono::microseconds(delay - seconds).count();
  ::event_add(event_.get(), &interval);
}

void Timer::stop() {
  ::event_del(event_.get());
}

ReadWatch::ReadWatch(Loop& loop, int fd, std::function<void()> callback)
    : callback_(std::move(callback)),
      event_(make_event(loop, fd, EV_READ | EV_PERSIST, callback_)) {
  resume();
}

void ReadWatch::pause() {
  ::event_del(event_.get());
}

void ReadWatch::resume() {
  ::event_add(event_.get(), nullptr);
}

SignalWatch::SignalWatch(Loop& loop, int signal_number, std::function<void()> callback)
    : callback_(std::move(callback)),
      event_(make_event(loop, signal_number, EV_SIGNAL | EV_PERSIST, callback_)) {
  ::event_add(event_.get(), nullptr);
}

}  // namespace postern::net
