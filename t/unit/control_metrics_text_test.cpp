// SPDX-License-Identifier: ISC
//
// t/unit/control_metrics_text_test.cpp - the status in Prometheus' text format.

#include "control/metrics_text.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern::control;
using postern::server::Counter;
using postern::server::Histogram;
using postern::server::Statistics;
using postern::server::StatisticsCells;

TEST_GROUP(MetricsText) {
  Status status;
  StatisticsCells cells{};
  Statistics statistics{cells};

  void setup() override {
    status.version = "1.2.3";
    status.generation = 3;
    status.started = 1795000000;
    status.workers = 2;
    status.draining = 1;
    status.listeners = {{"submission", "192.0.2.1 587", 3, 100, true, ""}};
  }

  std::string text() const {
    return metrics_text(status, cells);
  }

  bool has_line(std::string_view line) const {
    const std::string all = text();
    for (const std::string_view other : postern::split_lines(all)) {
      if (other == line) return true;
    }
    return false;
  }

  void check_lines(std::initializer_list<const char*> lines) const {
    for (const char* line : lines) CHECK_TRUE_TEXT(has_line(line), line);
  }
};

TEST(MetricsText, TellsTheStatus) {
  check_lines({"postern_info{version=\"1.2.3\"} 1", "postern_start_time_seconds 1795000000",
               "postern_generation 3", "postern_workers{state=\"serving\"} 2",
               "postern_workers{state=\"draining\"} 1",
               "postern_channels{listener=\"submission\"} 3",
               "postern_channels_limit{listener=\"submission\"} 100",
               "postern_listener_ready{listener=\"submission\"} 1"});
}

TEST(MetricsText, LeavesOutWhatIsNotKnown) {
  CHECK(text().find("postern_spool") == std::string::npos);
  CHECK(text().find("postern_certificate") == std::string::npos);
  status.spool =
      SpoolStatus{.fresh = 5, .taken = 1, .oldest_seconds = 3600, .free_octets = 123456789012345};
  status.certificate_end = 1797000000;
  check_lines({"postern_certificate_expiry_seconds 1797000000",
               "postern_spool_messages{directory=\"new\"} 5",
               "postern_spool_messages{directory=\"cur\"} 1", "postern_spool_oldest_seconds 3600",
               "postern_spool_free_bytes 123456789012345"});
}

TEST(MetricsText, TellsCountersWithTheirLabels) {
  statistics.count(Counter::messages_accepted, 7);
  statistics.count(Counter::early_talkers, 2);
  statistics.count(Counter::message_octets, 1ULL << 60U);
  check_lines({"postern_messages_total{result=\"accepted\"} 7",
               "postern_messages_total{result=\"failed\"} 0", "postern_early_talkers_total 2",
               "postern_message_bytes_total 1152921504606846976"});
}

// The format's rule for the values of labels.
TEST(MetricsText, EscapesLabels) {
  status.listeners = {{"a\"b\\c\nd", "place", 1, 2, false, ""}};
  check_lines({R"(postern_channels{listener="a\"b\\c\nd"} 1)"});
}

// Its buckets are cumulative, and the last one is the count.
TEST(MetricsText, AddsUpTheBucketsOfAHistogram) {
  for (const std::uint64_t octets : {100U, 1024U, 1025U, 5000U, 4'000'000'000U}) {
    statistics.observe(Histogram::message_size, octets);
  }
  check_lines({"postern_message_bytes_bucket{le=\"1024\"} 2",
               "postern_message_bytes_bucket{le=\"4096\"} 3",
               "postern_message_bytes_bucket{le=\"16384\"} 4",
               "postern_message_bytes_bucket{le=\"67108864\"} 4",
               "postern_message_bytes_bucket{le=\"+Inf\"} 5",
               "postern_message_bytes_sum 4000007149", "postern_message_bytes_count 5"});
}

TEST(MetricsText, TellsTimesInSeconds) {
  statistics.observe(Histogram::commit_time, 500);
  statistics.observe(Histogram::commit_time, 1'000'000);
  check_lines(
      {"postern_commit_seconds_bucket{le=\"0.0005\"} 1",
       "postern_commit_seconds_bucket{le=\"0.001\"} 1",
       "postern_commit_seconds_bucket{le=\"0.0025\"} 1",
       "postern_commit_seconds_bucket{le=\"0.25\"} 1", "postern_commit_seconds_bucket{le=\"1\"} 2",
       "postern_commit_seconds_bucket{le=\"10\"} 2", "postern_commit_seconds_bucket{le=\"+Inf\"} 2",
       "postern_commit_seconds_sum 1.0005", "postern_commit_seconds_count 2"});
}

// Every metric once: HELP, TYPE, then its samples and no other's.
TEST(MetricsText, HasEveryMetricInOneGroup) {
  status.spool = SpoolStatus{};
  status.certificate_end = 1;
  std::set<std::string> seen;
  std::string name;
  bool has_type = false;
  const std::string all = text();
  for (const std::string_view line : postern::split_lines(all)) {
    std::string_view rest = line;
    if (line.starts_with("# HELP ")) {
      rest.remove_prefix(7);
      name = postern::take_word(rest);
      CHECK_TRUE_TEXT(seen.insert(name).second, name.c_str());
      CHECK_TRUE(!rest.empty());
      has_type = false;
    } else if (line.starts_with("# TYPE ")) {
      rest.remove_prefix(7);
      CHECK_EQUAL(name, std::string(postern::take_word(rest)));
      CHECK_TRUE(rest == "gauge" || rest == "counter" || rest == "histogram");
      has_type = true;
    } else {
      CHECK_TRUE(has_type && line.starts_with(name));
      const std::string_view after = line.substr(name.size());
      CHECK_TRUE_TEXT(after.starts_with(" ") || after.starts_with("{") ||
                          after.starts_with("_bucket{le=") || after.starts_with("_sum ") ||
                          after.starts_with("_count "),
                      std::string(line).c_str());
    }
  }
  CHECK_TRUE(seen.size() > 20);
  CHECK_TRUE(text().ends_with("\n"));
}
