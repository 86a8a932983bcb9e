// SPDX-License-Identifier: ISC
//
// control/status.h - how the server is, at one moment.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/board.h"
#include "server/statistics.h"

namespace postern::control {

struct ListenerStatus {
  std::string name;
  std::string place;           // "192.0.2.1 587", "/run/postern/smtp"
  std::uint32_t channels = 0;  // in use
  std::uint32_t limit = 0;
  bool is_ready = false;
  std::string why;  // it is, or is not
};

struct SpoolStatus {
  std::uint64_t fresh = 0;          // messages in new/
  std::uint64_t taken = 0;          // in cur/, by programs that drain the spool
  std::int64_t oldest_seconds = 0;  // age of the oldest of both
  std::uint64_t free_octets = 0;
};

// A minute, over the last one or as long as the observer has watched.
struct Rates {
  double connections = 0;
  double messages = 0;
};

struct Status {
  std::string version;
  std::int64_t pid = 0;  // of the supervisor
  std::uint64_t generation = 0;
  std::int64_t started = 0;  // seconds since 1970
  std::int64_t uptime_seconds = 0;
  std::uint32_t workers = 0;   // of the generation in force
  std::uint32_t draining = 0;  // of older ones
  std::vector<ListenerStatus> listeners;
  std::optional<gateway::Sight> appletalk;  // nothing: none is configured
  std::array<std::uint64_t, server::counters> counts{};
  Rates rates;
  std::optional<SpoolStatus> spool;             // nothing: it cannot be read
  std::optional<std::int64_t> certificate_end;  // seconds since 1970, of the first that expires

  std::uint64_t count(server::Counter counter) const {
    return counts[static_cast<std::size_t>(counter)];
  }
};

}  // namespace postern::control
