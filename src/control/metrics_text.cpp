// SPDX-License-Identifier: ISC
//
// control/metrics_text.cpp - the status in Prometheus' text format.

#include "control/metrics_text.h"

#include <array>
#include <cstdio>
#include <string_view>

#include "base/text.h"
#include "control/appletalk_text.h"
#include "control/metrics_label.h"

namespace postern::control {

namespace {

std::string number_text(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.15g", number);
  return text.data();
}

std::string head(std::string_view name, std::string_view type, std::string_view help) {
  return cat("# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

std::string gauge(std::string_view name, std::string_view help, double value) {
  return cat(head(name, "gauge", help), name, " ", number_text(value), "\n");
}

std::string counters_text(const server::StatisticsCells& totals) {
  std::string text;
  std::string_view last;
  for (const server::CounterName& row : server::counter_names()) {
    if (row.name != last) text += head(row.name, "counter", row.help);
    last = row.name;
    const auto value = totals.counts[static_cast<std::size_t>(row.counter)].load();
    text += cat(row.name, row.label.empty() ? "" : cat("{", row.label, "}"), " ", value, "\n");
  }
  return text;
}

std::string histogram_text(const server::HistogramName& row,
                           const server::StatisticsCells::Distribution& distribution) {
  std::string text = head(row.name, "histogram", row.help);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < row.bounds.size(); ++i) {
    sum += distribution.buckets[i].load();
    text += cat(row.name, "_bucket{le=\"",
                number_text(static_cast<double>(row.bounds[i]) * row.scale), "\"} ", sum, "\n");
  }
  sum += distribution.buckets[row.bounds.size()].load();
  return cat(text, row.name, "_bucket{le=\"+Inf\"} ", sum, "\n", row.name, "_sum ",
             number_text(static_cast<double>(distribution.sum.load()) * row.scale), "\n", row.name,
             "_count ", sum, "\n");
}

std::string listeners_text(const Status& status) {
  std::string in_use = head("postern_channels", "gauge", "Channels in use, by listener.");
  std::string limits = head("postern_channels_limit", "gauge", "Channels there are, by listener.");
  std::string ready = head("postern_listener_ready", "gauge", "Whether it is open, by listener.");
  for (const ListenerStatus& listener : status.listeners) {
    const std::string label = cat("{listener=\"", label_value(listener.name), "\"} ");
    in_use += cat("postern_channels", label, listener.channels, "\n");
    limits += cat("postern_channels_limit", label, listener.limit, "\n");
    ready += cat("postern_listener_ready", label, listener.is_ready ? 1 : 0, "\n");
  }
  return in_use + limits + ready;
}

std::string spool_text(const SpoolStatus& spool) {
  return cat(head("postern_spool_messages", "gauge", "Messages in the spool, by directory."),
             "postern_spool_messages{directory=\"new\"} ", spool.fresh, "\n",
             "postern_spool_messages{directory=\"cur\"} ", spool.taken, "\n",
             gauge("postern_spool_oldest_seconds", "Age of the oldest message in the spool.",
                   static_cast<double>(spool.oldest_seconds)),
             gauge("postern_spool_free_bytes", "Free space where the spool is.",
                   static_cast<double>(spool.free_octets)));
}

}  // namespace

std::string metrics_text(const Status& status, const server::StatisticsCells& totals) {
  std::string text =
      cat(head("postern_info", "gauge", "The version, as a label."), "postern_info{version=\"",
          label_value(status.version), "\"} 1\n",
          gauge("postern_start_time_seconds", "When the server was started, since 1970.",
                static_cast<double>(status.started)),
          gauge("postern_generation", "How often a configuration was put in force.",
                static_cast<double>(status.generation)),
          head("postern_workers", "gauge", "Worker processes, by state."),
          "postern_workers{state=\"serving\"} ", status.workers, "\n",
          "postern_workers{state=\"draining\"} ", status.draining, "\n");
  if (status.certificate_end) {
    text += gauge("postern_certificate_expiry_seconds",
                  "When the first certificate expires, since 1970.",
                  static_cast<double>(*status.certificate_end));
  }
  if (status.spool) text += spool_text(*status.spool);
  text += listeners_text(status) + counters_text(totals);
  if (status.appletalk) text += metrics_text(*status.appletalk);
  for (const server::HistogramName& row : server::histogram_names()) {
    text += histogram_text(row, totals.distributions[static_cast<std::size_t>(row.histogram)]);
  }
  return text;
}

}  // namespace postern::control
