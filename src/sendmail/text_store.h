// SPDX-License-Identifier: ISC
//
// sendmail/text_store.h - a text of any size, written once and then read once.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace postern::sendmail {

// A small text is kept in memory, a large one in a file that has no name, in TMPDIR or /var/tmp;
// it goes with the object.
class TextStore {
 public:
  // Errors: no file can be made there, or it is full.  The text is then lost.
  Result<void> append(std::string_view text);

  // The next piece; empty at the end.  It lives until the next call.  No append() may follow.
  Result<std::string_view> next();

  std::uint64_t octets() const { return octets_; }

 private:
  Result<void> write_out();

  std::string buffer_;
  UniqueFd file_;
  std::uint64_t octets_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace postern::sendmail
