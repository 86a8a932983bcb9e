// SPDX-License-Identifier: ISC
//
// spool/journal_reader.h - a file of the journal on a disk of which a part cannot be read.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/journal_file.h"
#include "base/result.h"

namespace postern::spool {

// Reads as JournalFile does, but for pages that the disk does not give back (EIO): they read as
// zeros, which are no record, and the rest of the file is there.
class JournalReader {
 public:
  explicit JournalReader(JournalFile& file) : file_(file) {}

  std::uint64_t size() const { return file_.size(); }

  // Up to size octets from offset on: fewer only at the end of the file.
  Result<std::string> read(std::uint64_t offset, std::size_t size);

  // Why a page could not be read; nothing if all could so far.
  const std::optional<Error>& gap() const { return gap_; }

  // Whether anything could be read so far: if not, it is not a page that is bad, but the disk is
  // gone.
  bool has_read() const { return has_read_; }

 private:
  Result<std::string> read_by_page(std::uint64_t offset, std::size_t size);

  JournalFile& file_;
  std::optional<Error> gap_;
  bool has_read_ = false;
};

}  // namespace postern::spool
