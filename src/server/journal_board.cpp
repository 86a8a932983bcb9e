// SPDX-License-Identifier: ISC
//
// server/journal_board.cpp - what a worker's journal leaves in memory when the worker dies.

#include "server/journal_board.h"

#include <limits>
#include <utility>

namespace postern::server {

const SharedMemory::Layout JournalBoard::layout{
    .name = "postern-journal", .number = 1, .size = sizeof(Page)};

JournalBoard::JournalBoard(UniqueFd fd)
    : memory_(SharedMemory::adopt_or_create(std::move(fd), layout)),
      page_(static_cast<Page*>(memory_.get())) {}

// The slot comes last: who sees it sees the rest.
void JournalBoard::begin(std::size_t row, const Work& work) {
  page_->rows[row].mark.store(0);
  page_->rows[row].round.store(work.round);
  page_->rows[row].slot.store(std::uint64_t{work.slot} + 1);
}

void JournalBoard::clear(std::size_t row) {
  page_->rows[row].slot.store(0);
  page_->rows[row].round.store(0);
  page_->rows[row].mark.store(0);
}

std::optional<JournalBoard::Work> JournalBoard::work(std::size_t row) const {
  const std::uint64_t slot = page_->rows[row].slot.load();
  if (slot == 0 || slot > std::numeric_limits<unsigned>::max()) return std::nullopt;
  return Work{static_cast<unsigned>(slot - 1), page_->rows[row].round.load()};
}

}  // namespace postern::server
