// SPDX-License-Identifier: ISC
//
// net/loop.h - the event loop, and the simple things that happen in it.
//
// Callbacks run one after another on the one thread.  They must not throw, and must not destroy
// the object that calls them.

#pragma once

#include <chrono>
#include <functional>
#include <memory>

struct event;
struct event_base;

namespace postern::net {

class Loop {
 public:
  Loop();  // ends the process when the system gives no event loop
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Serves until stop.  One turn deals with everything that is ready, or with as much as one turn
  // may, and then calls end_of_turn: the place for what a whole turn has collected.  It may be run
  // again afterwards.
  void run(const std::function<void()>& end_of_turn);
  void stop() { stopped_ = true; }

  // One connection's share of a turn was taken.  As long as there is always somebody who is ready,
  // only this ends a turn; what is ready then comes in the next one.
  void take_step();

  event_base* base() const { return base_.get(); }  // for this folder only

 private:
  struct Free {
    void operator()(event_base* base) const;
  };
  std::unique_ptr<event_base, Free> base_;
  bool stopped_ = false;
  int steps_ = 0;  // in this turn
};

namespace detail {
struct FreeEvent {
  void operator()(event* ev) const;
};
}  // namespace detail

// Calls back once, after a time.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> callback);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(std::chrono::milliseconds delay);  // again: counts anew
  void stop();

 private:
  std::function<void()> callback_;
  std::unique_ptr<event, detail::FreeEvent> event_;
};

// Calls back whenever the descriptor, which stays the caller's, has something to read.
class ReadWatch {
 public:
  ReadWatch(Loop& loop, int fd, std::function<void()> callback);
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;

  void pause();
  void resume();

 private:
  std::function<void()> callback_;
  std::unique_ptr<event, detail::FreeEvent> event_;
};

// Calls back when the process gets the signal.
class SignalWatch {
 public:
  SignalWatch(Loop& loop, int signal_number, std::function<void()> callback);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::function<void()> callback_;
  std::unique_ptr<event, detail::FreeEvent> event_;
};

}  // namespace postern::net
