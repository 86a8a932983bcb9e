// SPDX-License-Identifier: ISC
//
// spool/journal_reader.cpp - a file of the journal on a disk of which a part cannot be read.

#include "spool/journal_reader.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "spool/journal_format.h"

namespace postern::spool {

Result<std::string> JournalReader::read(std::uint64_t offset, std::size_t size) {
  auto octets = file_.read(offset, size);
  if (!octets && octets.error().sys_errno == EIO) return read_by_page(offset, size);
  if (octets && !octets->empty()) has_read_ = true;
  return octets;
}

Result<std::string> JournalReader::read_by_page(std::uint64_t offset, std::size_t size) {
  std::string octets;
  const std::uint64_t end = std::min<std::uint64_t>(file_.size(), offset + size);
  while (offset < end) {
    const std::uint64_t end_of_page = (offset / journal_page + 1) * journal_page;
    const std::size_t wanted = std::min(end, end_of_page) - offset;
    auto part = file_.read(offset, wanted);
    if (!part && part.error().sys_errno != EIO) return part;
    if (part) {
      has_read_ = true;
      octets += *part;
    } else {
      if (!gap_) gap_ = std::move(part.error());
      octets.append(wanted, '\0');
    }
    offset += wanted;
  }
  return octets;
}

}  // namespace postern::spool
