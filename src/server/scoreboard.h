// SPDX-License-Identifier: ISC
//
// server/scoreboard.h - counters that all processes share.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/unique_fd.h"

namespace postern::server {

// One page of memory, made before the first fork: how many channels each worker has in use on
// each listener.  A worker writes its own row only; everybody may read all, so a limit holds
// across workers and generations.  A dead worker's row is cleared by the supervisor.
class Scoreboard {
 public:
  static constexpr std::size_t max_workers = 256;  // running and draining ones
  static constexpr std::size_t max_listeners = 64;

  // fd is that of another scoreboard, if the memory is to be shared with who was here before.
  // Ends the process when there is no memory.
  explicit Scoreboard(UniqueFd fd = UniqueFd{});
  ~Scoreboard();
  Scoreboard(const Scoreboard&) = delete;
  Scoreboard& operator=(const Scoreboard&) = delete;

  void open_channel(std::size_t row, std::size_t listener);
  void close_channel(std::size_t row, std::size_t listener);
  std::uint32_t channels(std::size_t listener) const;  // in use, all workers

  void clear_row(std::size_t row);

  int fd() const { return fd_.get(); }

 private:
  struct Row {
    std::atomic<std::uint32_t> channels[max_listeners];
  };

  UniqueFd fd_;
  Row* rows_;  // max_workers of them
};

}  // namespace postern::server
