// SPDX-License-Identifier: ISC
//
// spool/message_name.h - what a message's file is called.

#pragma once

#include <cstdint>
#include <string>

namespace postern::spool {

// The parts of a message's file name, as postern-spool(5) and the Maildir convention have them.
// The id alone must differ between any two messages of one host.
struct MessageName {
  std::int64_t seconds = 0;  // since 1970, when the transaction began
  std::string id;            // letters and digits, as IdGenerator makes them
  std::string host;          // "/" and ":" become "\057" and "\072"; cut if too long for a name

  // "tmp/<seconds>.<id>.<host>".
  std::string tmp_path() const;

  // "new/<seconds>.<id>.<host>,S=<size>"; size is that of the whole file in octets.
  std::string new_path(std::uint64_t size) const;
};

}  // namespace postern::spool
