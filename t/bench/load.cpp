// SPDX-License-Identifier: ISC
//
// t/bench/load.cpp - the load generator: many SMTP sessions side by side.  "load --help" tells
// more.
//
// It is closed: when a session is over, another one takes its place.  What is told counts those
// messages whose 250 came in the seconds that are measured.

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/unique_fd.h"
#include "histogram.h"
#include "load_plan.h"
#include "load_session.h"
#include "process_tree.h"

namespace postern::bench {

namespace {

constexpr auto tick = std::chrono::milliseconds(20);
constexpr unsigned most_that_open = 100;  // idle sessions that are not there yet

double seconds_of(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

double cpu_seconds_of_myself() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

class Load final : public LoadObserver {
 public:
  explicit Load(const LoadPlan& plan)
      : plan_(plan), text_(plan.run, plan.size), context_(new_client_context()) {
    for (unsigned i = 0; i < plan.sessions; ++i) {
      sessions_.emplace_back(plan_, text_, *this, context_.get());
    }
  }

  bool begin();
  void run();
  void run_idle();

  void on_message(const std::string& name, Clock::duration waited) override;
  std::uint64_t next_number() override { return numbers_++; }

 private:
  // What has been counted at a moment.
  struct Counts {
    double cpu = 0;
    double own_cpu = 0;
    std::uint64_t messages = 0;
    std::uint64_t sessions = 0;
  };

  void open(LoadSession& session);
  void open_those_that_are_closed();
  void give_up_those_that_are_stuck();
  void count_those_that_are_stuck();
  void end(LoadSession& session);
  void turn(std::optional<Clock::time_point> until);
  bool has_enough() const { return plan_.most > 0 && messages_ >= plan_.most; }
  std::size_t count(LoadSession::State state) const;
  Counts counts() const;
  void report(const Counts& first, const Counts& last, double seconds) const;

  const LoadPlan& plan_;
  MessageText text_;
  ClientContext context_;
  std::deque<LoadSession> sessions_;
  UniqueFd poll_;
  UniqueFd record_;
  bool is_measuring_ = false;
  Clock::time_point next_tick_;
  std::uint64_t numbers_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t broken_ = 0;
  std::uint64_t stuck_ = 0;
  std::string fault_;
  Histogram waits_;
};

bool Load::begin() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  if (!plan_.record.empty()) {
    record_ = UniqueFd(::open(plan_.record.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644));
    if (!record_.is_open()) std::perror(plan_.record.c_str());
    return record_.is_open();
  }
  return true;
}

// Sessions that failed are opened again at a tick, so that a server which refuses all is not asked
// without end.
void Load::open(LoadSession& session) {
  if (!session.open(Clock::now())) return end(session);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &session;
  epoll_ctl(poll_.get(), EPOLL_CTL_ADD, session.fd(), &event);
}

void Load::end(LoadSession& session) {
  const bool is_well = session.fault().empty();
  if (is_well) {
    ++finished_;
  } else if (session.was_refused()) {
    ++refused_;
  } else {
    ++broken_;
  }
  if (!is_well && fault_.empty()) fault_ = session.fault();
  session.close();
  if (is_well) open(session);
}

void Load::open_those_that_are_closed() {
  for (LoadSession& session : sessions_) {
    if (session.state() == LoadSession::State::closed) open(session);
  }
}

void Load::give_up_those_that_are_stuck() {
  const Clock::time_point limit = Clock::now() - duration_of(plan_.patience);
  for (LoadSession& session : sessions_) {
    const LoadSession::State state = session.state();
    if (state == LoadSession::State::closed || state == LoadSession::State::idle) continue;
    if (session.last_progress() > limit) continue;
    ++stuck_;
    if (fault_.empty()) fault_ = std::string("hung, waiting for ") + session.expectation();
    session.close();
    open(session);
  }
}

// At the end, when nobody waits for them any longer.
void Load::count_those_that_are_stuck() {
  const Clock::time_point limit = Clock::now() - duration_of(plan_.patience / 2);
  for (const LoadSession& session : sessions_) {
    if (session.state() == LoadSession::State::closed || session.last_progress() > limit) continue;
    ++stuck_;
    if (fault_.empty()) fault_ = std::string("hung, waiting for ") + session.expectation();
  }
}

void Load::on_message(const std::string& name, Clock::duration waited) {
  ++messages_;
  if (is_measuring_) waits_.add(std::chrono::duration_cast<std::chrono::microseconds>(waited));
  if (!record_.is_open()) return;
  const std::string line = name + "\n";
  if (write(record_.get(), line.data(), line.size()) < 0) std::perror("the record");
}

// One look at what has happened, and what is due at a tick.
void Load::turn(std::optional<Clock::time_point> until) {
  std::array<epoll_event, 256> events;
  const Clock::time_point now = Clock::now();
  Clock::time_point wake = next_tick_;
  if (until && *until < wake) wake = *until;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wake - now).count();
  const int ready = epoll_wait(poll_.get(), events.data(), events.size(),
                               static_cast<int>(std::max<long>(wait, 0)));
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events.at(static_cast<std::size_t>(i));
    auto& session = *static_cast<LoadSession*>(event.data.ptr);
    if (session.state() == LoadSession::State::closed) continue;
    const bool is_ending = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (!session.advance(Clock::now(), is_ending)) end(session);
  }
  if (Clock::now() < next_tick_) return;
  next_tick_ = Clock::now() + tick;
  give_up_those_that_are_stuck();
  if (!plan_.is_idle) open_those_that_are_closed();
}

std::size_t Load::count(LoadSession::State state) const {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(),
                    [state](const LoadSession& session) { return session.state() == state; }));
}

Load::Counts Load::counts() const {
  return {.cpu = plan_.tree > 0 ? cpu_seconds_of_tree(plan_.tree) : 0,
          .own_cpu = cpu_seconds_of_myself(),
          .messages = messages_,
          .sessions = finished_};
}

void Load::run() {
  open_those_that_are_closed();
  const Clock::time_point begin = Clock::now() + duration_of(plan_.warm_up);
  while (Clock::now() < begin && !has_enough()) turn(begin);
  const Counts first = counts();
  const Clock::time_point began = Clock::now();
  is_measuring_ = true;
  const Clock::time_point end = began + duration_of(plan_.seconds);
  while (Clock::now() < end && !has_enough()) turn(end);
  const Clock::time_point ended = Clock::now();
  count_those_that_are_stuck();
  report(first, counts(), seconds_of(ended - began));
}

void Load::report(const Counts& first, const Counts& last, double seconds) const {
  const std::uint64_t messages = last.messages - first.messages;
  std::printf("{\"seconds\":%.3f,\"messages\":%llu,\"sessions\":%llu,", seconds,
              static_cast<unsigned long long>(messages),
              static_cast<unsigned long long>(last.sessions - first.sessions));
  std::printf("\"refused\":%llu,\"broken\":%llu,\"stuck\":%llu,\"fault\":%s,",
              static_cast<unsigned long long>(refused_), static_cast<unsigned long long>(broken_),
              static_cast<unsigned long long>(stuck_), json_string(fault_).c_str());
  std::printf("\"cpu_seconds\":%.3f,\"client_cpu_seconds\":%.3f,", last.cpu - first.cpu,
              last.own_cpu - first.own_cpu);
  std::printf("\"p50_us\":%llu,\"p99_us\":%llu,\"longest_us\":%llu,\"histogram\":[",
              static_cast<unsigned long long>(waits_.quantile(0.5)),
              static_cast<unsigned long long>(waits_.quantile(0.99)),
              static_cast<unsigned long long>(waits_.longest()));
  const char* separator = "";
  waits_.each([&separator](std::uint64_t us, std::uint64_t count) {
    std::printf("%s[%llu,%llu]", separator, static_cast<unsigned long long>(us),
                static_cast<unsigned long long>(count));
    separator = ",";
  });
  std::puts("]}");
}

// So many at a time as a server lets in quickly.
void Load::run_idle() {
  const Clock::time_point end = Clock::now() + duration_of(plan_.seconds);
  while (Clock::now() < end) {
    const std::size_t there = count(LoadSession::State::idle);
    if (there == sessions_.size()) break;
    std::size_t opening = sessions_.size() - there - count(LoadSession::State::closed);
    for (LoadSession& session : sessions_) {
      if (opening >= most_that_open) break;
      if (session.state() != LoadSession::State::closed) continue;
      open(session);
      ++opening;
    }
    turn(end);
  }
  std::printf("{\"idle\":%zu,\"refused\":%llu,\"broken\":%llu,\"stuck\":%llu,\"fault\":%s}\n",
              count(LoadSession::State::idle), static_cast<unsigned long long>(refused_),
              static_cast<unsigned long long>(broken_), static_cast<unsigned long long>(stuck_),
              json_string(fault_).c_str());
  std::fflush(stdout);
  std::array<char, 64> ignored;
  while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
}

}  // namespace

}  // namespace postern::bench

int main(int argc, char** argv) {
  const postern::bench::LoadPlan plan = postern::bench::parse_arguments(argc, argv);
  postern::bench::Load load(plan);
  if (!load.begin()) return 1;
  if (plan.is_idle) {
    load.run_idle();
  } else {
    load.run();
  }
  return 0;
}
