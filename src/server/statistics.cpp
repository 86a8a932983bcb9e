// SPDX-License-Identifier: ISC
//
// server/statistics.cpp - what the workers count, and under which names it is told.

#include "server/statistics.h"

#include <algorithm>

namespace postern::server {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::array names{
    CounterName{Counter::connections_served, "postern_connections_total", R"(result="served")",
                "Connections, by what became of them."},
    CounterName{Counter::connections_over_channels, "postern_connections_total",
                R"(result="over_channels")", ""},
    CounterName{Counter::connections_over_limits, "postern_connections_total",
                R"(result="over_limits")", ""},
    CounterName{Counter::connections_blocked, "postern_connections_total", R"(result="blocked")",
                ""},
    CounterName{Counter::proxy_headers_failed, "postern_connections_total",
                R"(result="proxy_failed")", ""},
    CounterName{Counter::early_talkers, "postern_early_talkers_total", "",
                "Clients that talked before the greeting."},
    CounterName{Counter::sessions_ended, "postern_sessions_ended_total", "",
                "Sessions that are over."},
    CounterName{Counter::sessions_timed_out, "postern_sessions_timed_out_total", "",
                "Sessions that a deadline ended."},
    CounterName{Counter::tls_1_2, "postern_tls_handshakes_total", R"(version="1.2")",
                "TLS handshakes, by the version agreed on."},
    CounterName{Counter::tls_1_3, "postern_tls_handshakes_total", R"(version="1.3")", ""},
    CounterName{Counter::tls_failed, "postern_tls_handshakes_total", R"(version="failed")", ""},
    CounterName{Counter::logins_valid, "postern_logins_total", R"(result="valid")",
                "Passwords, by the verdict on them."},
    CounterName{Counter::logins_invalid, "postern_logins_total", R"(result="invalid")", ""},
    CounterName{Counter::logins_unavailable, "postern_logins_total", R"(result="unavailable")", ""},
    CounterName{Counter::senders_refused, "postern_refusals_total", R"(command="MAIL")",
                "Commands and messages that were refused by a rule."},
    CounterName{Counter::recipients_refused, "postern_refusals_total", R"(command="RCPT")", ""},
    CounterName{Counter::messages_refused, "postern_refusals_total", R"(command="DATA")", ""},
    CounterName{Counter::messages_accepted, "postern_messages_total", R"(result="accepted")",
                "Messages that came whole, by what became of them."},
    CounterName{Counter::messages_failed, "postern_messages_total", R"(result="failed")", ""},
    CounterName{Counter::message_octets, "postern_message_bytes_total", "",
                "Octets of the messages accepted."},
    CounterName{Counter::recipients_accepted, "postern_recipients_total", "",
                "Recipients of the messages accepted."},
    CounterName{Counter::replies_2xx, "postern_replies_total", R"(class="2xx")",
                "Replies, by the class of their code."},
    CounterName{Counter::replies_3xx, "postern_replies_total", R"(class="3xx")", ""},
    CounterName{Counter::replies_4xx, "postern_replies_total", R"(class="4xx")", ""},
    CounterName{Counter::replies_5xx, "postern_replies_total", R"(class="5xx")", ""},
};
static_assert(names.size() == counters);

constexpr std::array<std::uint64_t, 12> microseconds{500,     1'000,     2'500,     5'000,
                                                     10'000,  25'000,    50'000,    100'000,
                                                     250'000, 1'000'000, 2'500'000, 10'000'000};

constexpr std::array<std::uint64_t, 9> octets{1U << 10U, 1U << 12U, 1U << 14U, 1U << 16U, 1U << 18U,
                                              1U << 20U, 1U << 22U, 1U << 24U, 1U << 26U};

static_assert(microseconds.size() <= max_bounds && octets.size() <= max_bounds);

constexpr std::array distributions{
    HistogramName{Histogram::commit_time, "postern_commit_seconds",
                  "Time from the end of a text to its being on stable storage.", 1e-6,
                  microseconds},
    HistogramName{Histogram::message_size, "postern_message_bytes",
                  "Octets of each message accepted.", 1, octets},
    HistogramName{Histogram::verify_time, "postern_verify_seconds",
                  "Time from a password to the verdict on it.", 1e-6, microseconds},
    HistogramName{Histogram::flush_time, "postern_journal_flush_seconds",
                  "Time of each sync of a journal.", 1e-6, microseconds},
    HistogramName{Histogram::checkpoint_time, "postern_journal_checkpoint_seconds",
                  "Time of each sync of the spool behind a journal.", 1e-6, microseconds},
};
static_assert(distributions.size() == histograms);

std::size_t bucket_of(Histogram histogram, std::uint64_t value) {
  const auto bounds = distributions[static_cast<std::size_t>(histogram)].bounds;
  return static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) -
                                  bounds.begin());
}

}  // namespace

std::span<const CounterName> counter_names() {
  return names;
}

std::span<const HistogramName> histogram_names() {
  return distributions;
}

void StatisticsCells::add(const StatisticsCells& others) {
  const auto add_one = [](std::atomic<std::uint64_t>& to, const std::atomic<std::uint64_t>& from) {
    to.fetch_add(from.load(relaxed), relaxed);
  };
  for (std::size_t i = 0; i < counts.size(); ++i) add_one(counts[i], others.counts[i]);
  for (std::size_t i = 0; i < distributions.size(); ++i) {
    const Distribution& theirs = others.distributions[i];
    for (std::size_t bucket = 0; bucket < theirs.buckets.size(); ++bucket) {
      add_one(distributions[i].buckets[bucket], theirs.buckets[bucket]);
    }
    add_one(distributions[i].sum, theirs.sum);
  }
}

void StatisticsCells::clear() {
  for (auto& count : counts) count.store(0, relaxed);
  for (Distribution& distribution : distributions) {
    for (auto& bucket : distribution.buckets) bucket.store(0, relaxed);
    distribution.sum.store(0, relaxed);
  }
}

void Statistics::count(Counter counter, std::uint64_t times) {
  cells_.counts[static_cast<std::size_t>(counter)].fetch_add(times, relaxed);
}

void Statistics::observe(Histogram histogram, std::uint64_t value) {
  auto& distribution = cells_.distributions[static_cast<std::size_t>(histogram)];
  distribution.buckets[bucket_of(histogram, value)].fetch_add(1, relaxed);
  distribution.sum.fetch_add(value, relaxed);
}

// RFC 5321 4.2.1: "250-more follows", "250 the last".
void Statistics::count_replies(std::string_view replies) {
  constexpr std::array classes{Counter::replies_2xx, Counter::replies_3xx, Counter::replies_4xx,
                               Counter::replies_5xx};
  while (replies.size() > 3) {
    if (replies[3] == ' ' && replies[0] >= '2' && replies[0] <= '5') {
      count(classes[static_cast<std::size_t>(replies[0] - '2')]);
    }
    const std::size_t end = replies.find('\n');
    if (end == std::string_view::npos) return;
    replies.remove_prefix(end + 1);
  }
}

}  // namespace postern::server
