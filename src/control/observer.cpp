// SPDX-License-Identifier: ISC
//
// control/observer.cpp - gathers how the server is.

#include "control/observer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace postern::control {

namespace {

using server::Counter;

constexpr std::chrono::minutes rate_time{1};
constexpr std::chrono::seconds shortest_rate_time{15};  // one message is not hundreds a minute
constexpr std::chrono::seconds spool_is_fresh{1};

std::int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::uint64_t count_of(const server::StatisticsCells& cells, Counter counter) {
  return cells.counts[static_cast<std::size_t>(counter)].load();
}

}  // namespace

Observer::Observer(Subject subject, const server::Scoreboard& scoreboard,
                   const gateway::Board& board, SpoolView spool)
    : subject_(std::move(subject)),
      scoreboard_(scoreboard),
      board_(board),
      spool_(std::move(spool)) {
  take_sample();
}

Observer::Sample Observer::sample() const {
  server::StatisticsCells totals{};
  scoreboard_.add_totals(totals);
  return {Clock::now(), count_of(totals, Counter::connections_served),
          count_of(totals, Counter::messages_accepted)};
}

void Observer::take_sample() {
  samples_.push_back(sample());
  while (samples_.size() > 2 && samples_.back().time - samples_[1].time >= rate_time) {
    samples_.pop_front();
  }
}

Rates Observer::rates() const {
  const Sample& first = samples_.front();
  const Sample last = sample();
  const std::chrono::duration<double, std::ratio<60>> minutes =
      std::max<Clock::duration>(last.time - first.time, shortest_rate_time);
  const auto rate = [&](std::uint64_t now, std::uint64_t before) {
    // A dead worker's counts are seen twice for a moment.
    return static_cast<double>(std::max(now, before) - before) / minutes.count();
  };
  return {rate(last.connections, first.connections), rate(last.messages, first.messages)};
}

Status Observer::status() {
  Status status;
  status.version = subject_.version;
  status.pid = subject_.pid;
  status.generation = subject_.generation;
  status.started = scoreboard_.started();
  status.uptime_seconds = seconds_now() - status.started;
  status.workers = scoreboard_.workers(subject_.generation);
  status.draining = scoreboard_.workers_before(subject_.generation);
  for (const Subject::Listener& listener : subject_.listeners) {
    status.listeners.push_back({listener.name, listener.place,
                                scoreboard_.channels(listener.column), listener.channels,
                                listener.is_ready, scoreboard_.readiness(listener.column)});
  }
  if (subject_.has_appletalk) status.appletalk = board_.read();
  server::StatisticsCells totals{};
  scoreboard_.add_totals(totals);
  for (std::size_t i = 0; i < status.counts.size(); ++i) status.counts[i] = totals.counts[i].load();
  status.rates = rates();
  status.certificate_end = subject_.certificate_end;
  if (!spool_status_ || Clock::now() - spool_read_ > spool_is_fresh) {
    const auto read = spool_.status(seconds_now());
    spool_status_ = read ? std::optional(*read) : std::nullopt;
    spool_read_ = Clock::now();
  }
  status.spool = spool_status_;
  return status;
}

}  // namespace postern::control
