// SPDX-License-Identifier: ISC
//
// control/status_text.cpp - the status and the sessions, for people and for programs.

#include "control/status_text.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "control/appletalk_text.h"
#include "control/table.h"

namespace postern::control {

namespace {

using server::Counter;

// One digit behind the point.
std::string decimal(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", number);
  return text.data();
}

std::string member(std::string_view name, std::string_view json_value) {
  return cat(json_string(name), ":", json_value);
}

std::string member(std::string_view name, std::uint64_t value) {
  return member(name, std::to_string(value));
}

template <typename Rows, typename Write>
std::string json_list(const Rows& rows, Write write) {
  std::string text = "[";
  for (const auto& row : rows) text += cat(text.size() > 1 ? "," : "", write(row));
  return text + "]";
}

std::string listeners_text(const Status& status) {
  std::vector<std::vector<std::string>> rows{
      {"LISTENER", "PLACE", "CHANNELS", "OF", "READY", "WHY"}};
  for (const ListenerStatus& listener : status.listeners) {
    rows.push_back({listener.name, listener.place, std::to_string(listener.channels),
                    std::to_string(listener.limit), listener.is_ready ? "yes" : "no",
                    listener.why});
  }
  return table_text(rows);
}

std::string spool_line(const Status& status) {
  if (!status.spool) return "spool     cannot be read\n";
  const SpoolStatus& spool = *status.spool;
  const bool is_empty = spool.fresh + spool.taken == 0;
  return cat("spool     ", spool.fresh, " new, ", spool.taken, " taken",
             is_empty ? "" : cat(", the oldest ", duration_text(spool.oldest_seconds), " old"),
             ", ", octets_text(spool.free_octets), " free\n");
}

std::string spool_json(const Status& status) {
  if (!status.spool) return "null";
  const SpoolStatus& spool = *status.spool;
  return cat("{", member("new", spool.fresh), ",", member("taken", spool.taken), ",",
             member("oldest_seconds", static_cast<std::uint64_t>(spool.oldest_seconds)), ",",
             member("free_bytes", spool.free_octets), "}");
}

std::string counts_json(const Status& status) {
  return json_list(server::counter_names(), [&](const server::CounterName& name) {
    return cat("{", member("name", json_string(name.name)), ",",
               member("label", json_string(name.label)), ",",
               member("value", status.count(name.counter)), "}");
  });
}

std::string listener_json(const ListenerStatus& listener) {
  return cat("{", member("name", json_string(listener.name)), ",",
             member("place", json_string(listener.place)), ",",
             member("channels", listener.channels), ",", member("limit", listener.limit), ",",
             member("ready", listener.is_ready ? "true" : "false"), ",",
             member("why", json_string(listener.why)), "}");
}

std::string session_json(const server::SessionRecord& session) {
  return cat("{", member("session", json_string(session.id)), ",",
             member("peer", json_string(session.peer)), ",",
             member("listener", json_string(session.listener)), ",",
             member("login", json_string(session.login)), ",",
             member("activity", json_string(name_of(session.activity))), ",",
             member("tls", session.has_tls ? "true" : "false"), ",",
             member("begun", static_cast<std::uint64_t>(session.begun)), ",",
             member("messages", session.messages), "}");
}

}  // namespace

std::string duration_text(std::int64_t seconds) {
  if (seconds < 0) seconds = 0;
  const std::int64_t days = seconds / 86'400;
  return cat(days > 0 ? cat(days, " d ") : "", two_digits(seconds / 3600 % 24), ":",
             two_digits(seconds / 60 % 60), ":", two_digits(seconds % 60));
}

std::string octets_text(std::uint64_t octets) {
  constexpr std::array<std::string_view, 5> units{"octets", "KiB", "MiB", "GiB", "TiB"};
  auto number = static_cast<double>(octets);
  std::size_t unit = 0;
  for (; number >= 1024 && unit + 1 < units.size(); ++unit) number /= 1024;
  return cat(unit == 0 ? std::to_string(octets) : decimal(number), " ", units[unit]);
}

std::string plain_text(const Status& status) {
  const auto count = [&](Counter counter) { return status.count(counter); };
  return cat("posternd  ", status.version, ", generation ", status.generation, ", pid ", status.pid,
             ", up ", duration_text(status.uptime_seconds), "\n",  //
             "workers   ", status.workers, " serve, ", status.draining, " drain\n", "messages  ",
             count(Counter::messages_accepted), " accepted (", decimal(status.rates.messages),
             " a minute), ", count(Counter::messages_refused), " refused, ",
             count(Counter::messages_failed), " failed\n",  //
             "clients   ", count(Counter::connections_served), " served (",
             decimal(status.rates.connections), " a minute), ",
             count(Counter::connections_over_channels) + count(Counter::connections_over_limits) +
                 count(Counter::connections_blocked),
             " refused\n",  //
             "logins    ", count(Counter::logins_valid), " valid, ", count(Counter::logins_invalid),
             " invalid, ", count(Counter::logins_unavailable), " without an answer\n",
             spool_line(status), "\n", listeners_text(status),
             status.appletalk ? cat("\n", plain_text(*status.appletalk)) : "");
}

std::string json_text(const Status& status) {
  const auto end = status.certificate_end;
  return cat("{", member("version", json_string(status.version)), ",",
             member("pid", static_cast<std::uint64_t>(status.pid)), ",",
             member("generation", status.generation), ",",
             member("started", static_cast<std::uint64_t>(status.started)), ",",
             member("uptime_seconds", static_cast<std::uint64_t>(status.uptime_seconds)), ",",
             member("workers", status.workers), ",", member("draining", status.draining), ",",
             member("messages_per_minute", decimal(status.rates.messages)), ",",
             member("connections_per_minute", decimal(status.rates.connections)), ",",
             member("certificate_expires", end ? std::to_string(*end) : "null"), ",",
             member("spool", spool_json(status)), ",",
             member("listeners", json_list(status.listeners, listener_json)), ",",
             member("appletalk", status.appletalk ? json_text(*status.appletalk) : "null"), ",",
             member("counters", counts_json(status)), "}\n");
}

std::string plain_text(const std::vector<server::SessionRecord>& sessions, std::int64_t now) {
  std::vector<std::vector<std::string>> rows{
      {"SESSION", "AGE", "PEER", "LISTENER", "TLS", "ACTIVITY", "MESSAGES", "LOGIN"}};
  for (const server::SessionRecord& session : sessions) {
    // What a worker has written there may be anything, if it was taken over.
    rows.push_back({printable(session.id), duration_text(now - session.begun),
                    printable(session.peer), printable(session.listener),
                    session.has_tls ? "yes" : "no", std::string(name_of(session.activity)),
                    std::to_string(session.messages),
                    session.login.empty() ? "-" : printable(session.login)});
  }
  return table_text(rows);
}

std::string json_text(const std::vector<server::SessionRecord>& sessions) {
  return cat("{", member("sessions", json_list(sessions, session_json)), "}\n");
}

}  // namespace postern::control
