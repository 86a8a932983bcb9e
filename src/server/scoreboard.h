// SPDX-License-Identifier: ISC
//
// server/scoreboard.h - the memory that all processes share.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/shared_memory.h"
#include "base/shared_text.h"

#include "base/unique_fd.h"
#include "policy/admission_table.h"
#include "server/session_board.h"
#include "server/statistics.h"
#include "server/trace_list.h"

namespace postern::server {

// Made before the first fork: a row for each worker, with the channels it has in use on each
// listener and what it has counted, a board of all sessions, and what all workers know of their
// clients.  A worker writes its own row and its own sessions only; everybody may read all, so a
// limit holds across workers and generations.  What a dead worker has counted is taken back by the
// supervisor.
class Scoreboard {
 public:
  static constexpr std::size_t max_workers = 256;  // running and draining ones
  static constexpr std::size_t max_listeners = 128;

  // fd is that of another scoreboard, if the memory is to be shared with who was here before.  If
  // that one is of another layout, logs so, and begins anew.  Ends the process when there is no
  // memory.
  explicit Scoreboard(UniqueFd fd = UniqueFd{});
  Scoreboard(const Scoreboard&) = delete;
  Scoreboard& operator=(const Scoreboard&) = delete;

  void open_channel(std::size_t row, std::size_t listener);
  void close_channel(std::size_t row, std::size_t listener);
  std::uint32_t channels(std::size_t listener) const;  // in use, all workers

  Statistics statistics(std::size_t row) const;
  void add_totals(StatisticsCells& sum) const;  // of all workers that there have ever been
  SessionBoard sessions() const;
  TraceList traces() const;
  policy::AdmissionTable& admission() { return page_->admission; }

  // The worker of that row, as it is called in the admission table.
  static policy::AdmissionTable::Owner owner(std::size_t row) {
    return static_cast<policy::AdmissionTable::Owner>(row + 1);
  }

  // When the memory was made, which an upgrade keeps: seconds since 1970.
  std::int64_t started() const { return page_->started.load(); }

  // A worker of that generation begins.
  void open_row(std::size_t row, std::uint64_t generation);
  // Rows that are open, of that generation and of older ones.
  std::uint32_t workers(std::uint64_t generation) const;
  std::uint32_t workers_before(std::uint64_t generation) const;

  // A worker whose loop turns says so; when it did last, by a clock that all processes share.
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds beat_interval{5};
  void beat(std::size_t row);
  Clock::time_point last_beat(std::size_t row) const;  // the clock's beginning: not yet

  // Why the last reload has failed, for the controller to tell.
  void set_failure(std::string_view text);
  std::string failure() const;

  // Why a listener is open or closed, for the controller to tell.  column is that of the listener.
  void set_readiness(std::size_t column, std::string_view why);
  std::string readiness(std::size_t column) const;

  // Since when the configuration was being read whose outcome was told last: only who had asked
  // for a reload before that has its outcome.
  void set_reload_begun(Clock::time_point time);
  Clock::time_point reload_begun() const;

  // Takes out what stands in rows of no worker: nonsense would outlive who wrote it there.
  void clear_unused(const std::function<bool(std::size_t row)>& is_used);

  // The worker of that row is dead.  What it counted stays in the totals.
  void clear_row(std::size_t row);

  // For a process that has no use for it, and must not use it any more.
  void let_go() { memory_.let_go(); }

  int fd() const { return memory_.fd(); }

 private:
  struct Row {
    std::array<std::atomic<std::uint32_t>, max_listeners> channels;
    std::atomic<std::uint64_t> generation;  // 0: nobody's
    std::atomic<Clock::rep> beat;
    StatisticsCells cells;
  };

  struct Page {
    std::array<Row, max_workers> rows;
    StatisticsCells past;  // of workers that are no more
    SessionBoard::Memory sessions;
    TraceList::Memory traces;
    std::atomic<std::int64_t> started;
    SharedText<512> failure;
    std::array<SharedText<128>, max_listeners> readiness;  // by column
    std::atomic<Clock::rep> reload_begun;
    policy::AdmissionTable admission;
  };

  // Its number is raised whenever the same octets of a page mean something else.
  static const SharedMemory::Layout layout;
  static SharedMemory create();
  static SharedMemory adopt(UniqueFd fd);

  SharedMemory memory_;
  Page* page_;
};

}  // namespace postern::server
