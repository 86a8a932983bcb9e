// SPDX-License-Identifier: ISC
//
// server/journal_board.cpp - what a worker's journal leaves in memory when the worker dies.

#include "server/journal_board.h"

#include <limits>
#include <utility>

namespace postern::server {

const SharedMemory::Layout JournalBoard::layout{
    .name = "postern-journal", .number = 2, .size = sizeof(Page)};

JournalBoard::JournalBoard(UniqueFd fd)
    : memory_(SharedMemory::adopt_or_create(std::move(fd), layout)),
      page_(static_cast<Page*>(memory_.get())) {}

// The slot comes last: who sees it sees the rest.
void JournalBoard::begin(std::size_t row, const Work& work) {
  Row& mine = page_->rows[row];
  mine.mark.store(0);
  mine.round.store(work.round);
  mine.device.store(work.spool.device);
  mine.inode.store(work.spool.inode);
  mine.mount.store(work.spool.mount);
  mine.slot.store(std::uint64_t{work.slot} + 1);
}

void JournalBoard::clear(std::size_t row) {
  page_->rows[row].slot.store(0);
  page_->rows[row].round.store(0);
  page_->rows[row].mark.store(0);
}

std::optional<JournalBoard::Work> JournalBoard::work(std::size_t row) const {
  const Row& its = page_->rows[row];
  const std::uint64_t slot = its.slot.load();
  if (slot == 0 || slot > std::numeric_limits<unsigned>::max()) return std::nullopt;
  return Work{static_cast<unsigned>(slot - 1),
              its.round.load(),
              {its.device.load(), its.inode.load(), its.mount.load()}};
}

}  // namespace postern::server
