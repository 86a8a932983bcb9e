// SPDX-License-Identifier: ISC
//
// t/unit/server_statistics_test.cpp - what the workers count.

#include "server/statistics.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace postern::server;

TEST_GROUP(Statistics) {
  StatisticsCells cells{};
  Statistics statistics{cells};

  std::uint64_t count_of(Counter counter) const {
    return cells.counts[static_cast<std::size_t>(counter)].load();
  }

  const StatisticsCells::Distribution& of(Histogram histogram) const {
    return cells.distributions[static_cast<std::size_t>(histogram)];
  }

  static const HistogramName& name_of(Histogram histogram) {
    return histogram_names()[static_cast<std::size_t>(histogram)];
  }

  void check_replies(std::uint64_t c2, std::uint64_t c3, std::uint64_t c4, std::uint64_t c5) const {
    UNSIGNED_LONGS_EQUAL(c2, count_of(Counter::replies_2xx));
    UNSIGNED_LONGS_EQUAL(c3, count_of(Counter::replies_3xx));
    UNSIGNED_LONGS_EQUAL(c4, count_of(Counter::replies_4xx));
    UNSIGNED_LONGS_EQUAL(c5, count_of(Counter::replies_5xx));
  }
};

TEST(Statistics, CountEachCounterForItself) {
  statistics.count(Counter::logins_valid);
  statistics.count(Counter::logins_valid);
  statistics.count(Counter::message_octets, 1ULL << 40U);
  UNSIGNED_LONGS_EQUAL(2, count_of(Counter::logins_valid));
  UNSIGNED_LONGS_EQUAL(1ULL << 40U, count_of(Counter::message_octets));
  UNSIGNED_LONGS_EQUAL(0, count_of(Counter::logins_invalid));
}

TEST(Statistics, CountRepliesByClass) {
  statistics.count_replies("250 2.1.0 Ok\r\n");
  statistics.count_replies("354 Go on\r\n");
  statistics.count_replies("451 4.3.0 Later\r\n");
  statistics.count_replies("550 5.7.1 No\r\n");
  check_replies(1, 1, 1, 1);
}

// RFC 5321 4.2.1.
TEST(Statistics, CountAReplyOfManyLinesOnce) {
  statistics.count_replies("250-mail.example.org\r\n250-SIZE 1000\r\n250 HELP\r\n");
  check_replies(1, 0, 0, 0);
  statistics.count_replies("550-5.7.1 No\r\n550 5.7.1 Really\r\n");
  check_replies(1, 0, 0, 1);
}

// RFC 2920 3.2: a server may send several at once.
TEST(Statistics, CountAllRepliesOfAGroup) {
  statistics.count_replies("250 2.1.0 Ok\r\n550 5.1.1 No\r\n250 2.1.5 Ok\r\n354 Go on\r\n");
  check_replies(2, 1, 0, 1);
}

// Digits in a text are no codes.
TEST(Statistics, CountNothingThatIsNoReply) {
  for (const char* text :
       {"", "\r\n", "250", "250\r\n", "999 x\r\n", "150 x\r\n", "250-more\r\n"}) {
    statistics.count_replies(text);
  }
  check_replies(0, 0, 0, 0);
  statistics.count_replies("250-550 5.7.1\r\n250 451 4.3.0\r\n");
  check_replies(1, 0, 0, 0);
}

TEST(Statistics, ABoundIsInclusive) {
  for (const HistogramName& name : histogram_names()) {
    const auto& distribution = of(name.histogram);
    for (std::size_t i = 0; i < name.bounds.size(); ++i) {
      statistics.observe(name.histogram, name.bounds[i]);
      UNSIGNED_LONGS_EQUAL(1, distribution.buckets[i].load());
      statistics.observe(name.histogram, name.bounds[i] + 1);
      UNSIGNED_LONGS_EQUAL(1, distribution.buckets[i + 1].load());
      cells.clear();
    }
  }
}

TEST(Statistics, TheFirstAndTheLastBucketHaveNoOtherSide) {
  const std::size_t last = name_of(Histogram::message_size).bounds.size();
  statistics.observe(Histogram::message_size, 0);
  statistics.observe(Histogram::message_size, 1ULL << 50U);
  UNSIGNED_LONGS_EQUAL(1, of(Histogram::message_size).buckets.front().load());
  UNSIGNED_LONGS_EQUAL(1, of(Histogram::message_size).buckets[last].load());
  UNSIGNED_LONGS_EQUAL(1ULL << 50U, of(Histogram::message_size).sum.load());
}

TEST(Statistics, AddUp) {
  const auto others = std::make_unique<StatisticsCells>();
  Statistics theirs{*others};
  statistics.count(Counter::messages_accepted, 2);
  statistics.observe(Histogram::commit_time, 700);
  theirs.count(Counter::messages_accepted, 3);
  theirs.count(Counter::early_talkers);
  theirs.observe(Histogram::commit_time, 600);
  theirs.observe(Histogram::verify_time, 100'000'000);
  cells.add(*others);
  UNSIGNED_LONGS_EQUAL(5, count_of(Counter::messages_accepted));
  UNSIGNED_LONGS_EQUAL(1, count_of(Counter::early_talkers));
  UNSIGNED_LONGS_EQUAL(2, of(Histogram::commit_time).buckets[1].load());
  UNSIGNED_LONGS_EQUAL(1300, of(Histogram::commit_time).sum.load());
  UNSIGNED_LONGS_EQUAL(100'000'000, of(Histogram::verify_time).sum.load());
  UNSIGNED_LONGS_EQUAL(3, others->counts[static_cast<std::size_t>(Counter::messages_accepted)]);
}

TEST(Statistics, ClearedAreAsNew) {
  for (std::size_t i = 0; i < counters; ++i) statistics.count(static_cast<Counter>(i), i + 1);
  for (std::size_t i = 0; i < histograms; ++i) statistics.observe(static_cast<Histogram>(i), 5000);
  cells.clear();
  for (const auto& count : cells.counts) UNSIGNED_LONGS_EQUAL(0, count.load());
  for (const auto& distribution : cells.distributions) {
    UNSIGNED_LONGS_EQUAL(0, distribution.sum.load());
    for (const auto& bucket : distribution.buckets) UNSIGNED_LONGS_EQUAL(0, bucket.load());
  }
}

// ---- The names

TEST(Statistics, EveryCounterHasOneName) {
  std::set<Counter> seen;
  std::set<std::string> names;
  for (const CounterName& name : counter_names()) {
    CHECK_TRUE(seen.insert(name.counter).second);
    CHECK_TRUE(names.insert(std::string(name.name) + std::string(name.label)).second);
  }
  UNSIGNED_LONGS_EQUAL(counters, seen.size());
}

// The text format wants the samples of a metric in one group, with one HELP.
TEST(Statistics, CountersOfOneNameStandTogether) {
  std::set<std::string_view> done;
  std::string_view last;
  for (const CounterName& name : counter_names()) {
    const bool is_first = name.name != last;
    CHECK_EQUAL(is_first, !name.help.empty());
    if (is_first) CHECK_TRUE(done.insert(name.name).second);
    CHECK_TRUE(name.name.starts_with("postern_") && name.name.ends_with("_total"));
    last = name.name;
  }
}

TEST(Statistics, HistogramsAreInTheOrderOfTheirNumbers) {
  for (std::size_t i = 0; i < histograms; ++i) {
    const HistogramName& name = histogram_names()[i];
    UNSIGNED_LONGS_EQUAL(i, static_cast<std::size_t>(name.histogram));
    CHECK_TRUE(name.name.starts_with("postern_"));
    CHECK_TRUE(name.bounds.size() <= max_bounds);
    for (std::size_t b = 1; b < name.bounds.size(); ++b) {
      CHECK_TRUE(name.bounds[b - 1] < name.bounds[b]);
    }
  }
}
