// SPDX-License-Identifier: ISC
//
// server/journal_board.h - what a worker's journal leaves in memory when the worker dies.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/directory_id.h"
#include "base/shared_memory.h"
#include "base/unique_fd.h"
#include "server/scoreboard.h"
#include "spool/written_mark.h"

namespace postern::server {

// Made before the first fork, and kept over an upgrade: a row for each worker, the same as in the
// scoreboard, with the slot of the journal it writes into and how far it has got.  A row that names
// a slot and has no worker any more is to be recovered, and is nobody else's until then.
class JournalBoard {
 public:
  // fd is that of the board of the program before.  Without one, or if it is of another layout, the
  // board is new: then recovery has to look at everything.  Ends the process when there is no
  // memory.
  explicit JournalBoard(UniqueFd fd = UniqueFd{});
  JournalBoard(const JournalBoard&) = delete;
  JournalBoard& operator=(const JournalBoard&) = delete;

  struct Work {
    unsigned slot;
    std::uint64_t round;  // of the journal: whether the slot is still this worker's
    DirectoryId spool;    // whether it is still the one that the worker and its mark speak of
  };

  // The worker of that row begins, which has set no mark yet.
  void begin(std::size_t row, const Work& work);
  // It has left nothing that is to be recovered, or that was.
  void clear(std::size_t row);

  std::optional<Work> work(std::size_t row) const;
  spool::WrittenMark& mark(std::size_t row) { return page_->rows[row].mark; }

  // For a process that has no use for it, and must not use it any more.
  void let_go() { memory_.let_go(); }

  int fd() const { return memory_.fd(); }

 private:
  struct Row {
    std::atomic<std::uint64_t> slot;  // plus 1; 0: none
    std::atomic<std::uint64_t> round;
    std::atomic<std::uint64_t> device;
    std::atomic<std::uint64_t> inode;
    std::atomic<std::uint64_t> mount;
    spool::WrittenMark mark;
  };

  struct Page {
    std::array<Row, Scoreboard::max_workers> rows;
  };

  // Its number is raised whenever the same octets of a page mean something else.
  static const SharedMemory::Layout layout;

  SharedMemory memory_;
  Page* page_;
};

}  // namespace postern::server
