// SPDX-License-Identifier: ISC
//
// control/observer.h - gathers how the server is.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/spool_view.h"
#include "control/status.h"
#include "server/scoreboard.h"

namespace postern::control {

// What does not change while a generation is in force.
struct Subject {
  struct Listener {
    std::string name;
    std::string place;
    std::size_t column;  // in the scoreboard
    std::uint32_t channels;
    bool is_ready;
  };

  std::string version;
  std::int64_t pid = 0;
  std::uint64_t generation = 0;
  std::vector<Listener> listeners;
  bool has_appletalk = false;
  std::optional<std::int64_t> certificate_end;
};

class Observer {
 public:
  using Clock = std::chrono::steady_clock;

  // Scoreboard and board outlive the observer.
  Observer(Subject subject, const server::Scoreboard& scoreboard, const gateway::Board& board,
           SpoolView spool);

  Status status();
  const SpoolView& spool() const { return spool_; }

  // To be called every sample_interval: rates are of what was seen then.
  static constexpr std::chrono::seconds sample_interval{5};
  void take_sample();

 private:
  struct Sample {
    Clock::time_point time;
    std::uint64_t connections;
    std::uint64_t messages;
  };

  Sample sample() const;
  Rates rates() const;

  Subject subject_;
  const server::Scoreboard& scoreboard_;
  const gateway::Board& board_;
  SpoolView spool_;
  std::deque<Sample> samples_;  // of the last minute
  // Reading a large spool takes a while, and programs may ask often.
  std::optional<SpoolStatus> spool_status_;
  Clock::time_point spool_read_{};
};

}  // namespace postern::control
