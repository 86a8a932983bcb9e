// SPDX-License-Identifier: ISC
//
// spool/journal_scanner.cpp - the records in a file of the journal.

#include "spool/journal_scanner.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace postern::spool {

namespace {

constexpr std::uint64_t alignment = 8;  // of records

}  // namespace

// Has the window hold so many octets from here on; false if the file ends before.
Result<bool> JournalScanner::fill(std::uint64_t octets) {
  if (octets > file_.size() || at_ > file_.size() - octets) return false;
  if (ahead().size() >= octets) return true;
  auto window = file_.read(at_, std::max<std::uint64_t>(octets, window_octets));
  if (!window) return tl::unexpected(std::move(window.error()));
  window_ = std::move(*window);
  window_at_ = at_;
  return window_.size() >= octets;
}

Result<std::optional<JournalScanner::Found>> JournalScanner::next() {
  while (true) {
    const auto has_head = fill(record_head_size);
    if (!has_head) return tl::unexpected(has_head.error());
    if (!*has_head) return std::nullopt;
    const std::uint64_t size = claimed_record_size(ahead(), round_);
    if (size > 0) {
      const auto has_all = fill(size);
      if (!has_all) return tl::unexpected(has_all.error());
      if (const auto record = parse_record(ahead(), round_); record) {
        Found found{at_, size, *record};
        at_ += size;
        return found;
      }
    }
    at_ += alignment;
  }
}

}  // namespace postern::spool
