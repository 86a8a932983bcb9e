// SPDX-License-Identifier: ISC
//
// spool/journal_room.cpp - where in the file of the journal there is room.

#include "spool/journal_room.h"

#include <algorithm>
#include <cassert>

namespace postern::spool {

std::uint64_t JournalRoom::behind_head() const {
  if (spans_.empty()) return end_ - head_;
  const std::uint64_t tail = spans_.front().begin;
  return head_ > tail ? end_ - head_ : tail - head_;
}

std::uint64_t JournalRoom::at_begin() const {
  if (spans_.empty()) return size();
  const std::uint64_t tail = spans_.front().begin;
  return head_ > tail ? tail - begin_ : 0;
}

std::uint64_t JournalRoom::most() const {
  return std::max(behind_head(), at_begin());
}

std::uint64_t JournalRoom::claim(std::uint64_t octets, std::uint64_t last) {
  assert(octets <= most());
  const std::uint64_t begin = octets <= behind_head() ? head_ : begin_;
  head_ = begin + octets;
  spans_.push_back({begin, head_, last});
  used_ += octets;
  return begin;
}

void JournalRoom::give_back() {
  head_ = spans_.back().begin;
  used_ -= spans_.back().end - spans_.back().begin;
  spans_.pop_back();
}

void JournalRoom::free_before(std::uint64_t sequence) {
  while (!spans_.empty() && spans_.front().last < sequence) {
    used_ -= spans_.front().end - spans_.front().begin;
    spans_.pop_front();
  }
  // The pages at the begin are the ones that the system still has in memory.
  if (spans_.empty()) head_ = begin_;
}

}  // namespace postern::spool
