// SPDX-License-Identifier: ISC
//
// server/statistics.h - what the workers count, and under which names it is told.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace postern::server {

enum class Counter : std::uint8_t {
  connections_served,
  connections_over_channels,  // refused: the listener had no channel left
  connections_over_limits,    // refused: the client or its network had too many
  connections_blocked,        // refused: the client is in `blocked`
  proxy_headers_failed,
  early_talkers,
  sessions_ended,
  sessions_timed_out,
  tls_1_2,
  tls_1_3,
  tls_failed,
  logins_valid,
  logins_invalid,
  logins_unavailable,
  senders_refused,
  recipients_refused,
  messages_accepted,
  messages_refused,
  messages_failed,
  message_octets,  // of those accepted
  recipients_accepted,
  replies_2xx,
  replies_3xx,
  replies_4xx,
  replies_5xx,
  count_of_them
};

enum class Histogram : std::uint8_t {
  commit_time,      // microseconds from the end of the text to its being safe
  message_size,     // octets
  verify_time,      // microseconds from a password to the verdict
  flush_time,       // microseconds of a sync of the journal, for all the messages that waited
  checkpoint_time,  // microseconds
  count_of_them
};

inline constexpr std::size_t counters = static_cast<std::size_t>(Counter::count_of_them);
inline constexpr std::size_t histograms = static_cast<std::size_t>(Histogram::count_of_them);

// How a counter is called in Prometheus' text format.  Those of one name stand together.
struct CounterName {
  Counter counter;
  std::string_view name;
  std::string_view label;  // name="value", or empty
  std::string_view help;   // of the first of a name
};
std::span<const CounterName> counter_names();

struct HistogramName {
  Histogram histogram;
  std::string_view name;
  std::string_view help;
  double scale;                           // of the unit that is told, in one of those counted
  std::span<const std::uint64_t> bounds;  // upper ones, inclusive, ascending; one more has no bound
};
std::span<const HistogramName> histogram_names();

inline constexpr std::size_t max_bounds = 13;

// The numbers of one worker.  It alone writes them; any process may read them at any time.
// All zero octets are a valid state, the first one.
struct StatisticsCells {
  struct Distribution {
    std::array<std::atomic<std::uint64_t>, max_bounds + 1> buckets;
    std::atomic<std::uint64_t> sum;
  };

  std::array<std::atomic<std::uint64_t>, counters> counts;
  std::array<Distribution, histograms> distributions;

  void add(const StatisticsCells& others);
  void clear();
};

class Statistics {
 public:
  explicit Statistics(StatisticsCells& cells) : cells_(cells) {}

  void count(Counter counter, std::uint64_t times = 1);
  void observe(Histogram histogram, std::uint64_t value);

  // The lines of replies, by the class of their code; continuation lines are of the last one.
  void count_replies(std::string_view replies);

 private:
  StatisticsCells& cells_;
};

}  // namespace postern::server
