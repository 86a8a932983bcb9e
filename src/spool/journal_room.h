// SPDX-License-Identifier: ISC
//
// spool/journal_room.h - where in the file of the journal there is room.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace postern::spool {

// A ring of whole pages.  What is claimed is in one piece and stays so until a checkpoint has
// passed its last record.
class JournalRoom {
 public:
  // Octets of the file from begin to end, both on a page.
  JournalRoom(std::uint64_t begin, std::uint64_t end) : begin_(begin), end_(end), head_(begin) {}

  std::uint64_t size() const { return end_ - begin_; }
  std::uint64_t used() const { return used_; }

  // The most that can be claimed now.
  std::uint64_t most() const;

  // octets in whole pages for records up to last; where they begin.  Must not be more than most().
  std::uint64_t claim(std::uint64_t octets, std::uint64_t last);

  // The last claim was for nothing.
  void give_back();

  // Frees what holds no record of sequence or later.
  void free_before(std::uint64_t sequence);

 private:
  struct Span {
    std::uint64_t begin;
    std::uint64_t end;
    std::uint64_t last;  // sequence of its last record
  };

  // What is free behind the head, and what before the oldest span if the head goes round.
  std::uint64_t behind_head() const;
  std::uint64_t at_begin() const;

  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t head_;  // the next claim begins here, or at begin_
  std::uint64_t used_ = 0;
  std::deque<Span> spans_;  // the oldest first
};

}  // namespace postern::spool
