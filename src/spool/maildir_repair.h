// SPDX-License-Identifier: ISC
//
// spool/maildir_repair.h - messages in the Maildir that may not be what was written.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_ops.h"
#include "base/result.h"
#include "spool/delivery.h"

namespace postern::spool {

// Finds a message where it was put, or where a reader has moved it, and writes its octets again, in
// place.  They are not compared first: the page cache may hold what the disk has lost.  A mark of a
// recipient stays what it is where its line is whole, for the reader's work is not undone; so a
// reader that is at work notices nothing.
class MaildirRepair {
 public:
  struct Found {
    bool is_there = false;              // in new/ or cur/
    std::optional<Error> refused = {};  // it is torn, or may be, and must not be changed
    bool is_unreadable = false;         // may be: nobody can look at it
  };

  explicit MaildirRepair(FileOps& files) : files_(files) {}

  // Where deliver puts it.  Another message that has this name is left alone, and is not this one:
  // one with another envelope or another Received behind it, and of the same size.
  // A file that somebody has made his own, so that it must not be written (EACCES, EPERM), is
  // compared after all.  One that is refused is found only where there is no other.
  Result<Found> rewrite(const Delivery& delivery);

 private:
  Result<void> look();
  Result<Found> rewrite_at(const std::string& path, std::string_view text);
  Result<void> write_all_but_marks(int fd, std::string_view there, std::string_view text);

  FileOps& files_;
  bool has_looked_ = false;
  std::multimap<std::string, std::string, std::less<>> paths_;  // by name without flags
};

}  // namespace postern::spool
