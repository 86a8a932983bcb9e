// SPDX-License-Identifier: ISC
//
// spool/delivery.h - a message of the journal on its way into the Maildir.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file_ops.h"
#include "base/result.h"
#include "spool/written_mark.h"

namespace postern::spool {

struct Delivery {
  std::uint64_t sequence;       // of its record
  const std::string& tmp_path;  // "tmp/<name>"
  const std::string& new_path;  // "new/<name>,S=<size>"
  std::string_view text;
};

// Makes the file in tmp/ and renames it into new/; nothing is synced.  A file that is in tmp/
// already is a dead worker's.  If new/ has such a name, which another host's clock or process id
// may bring about, the message gets one more part to its name: it was answered, so it cannot be
// refused.
//
// written, unless it is nullptr, becomes the sequence before the rename, and what it was if that
// fails.  After an error nothing is there, and it may be tried again.
Result<void> deliver(FileOps& files, const Delivery& delivery, WrittenMark* written);

// What the message is called then.
std::string other_path(const Delivery& delivery);

}  // namespace postern::spool
