// SPDX-License-Identifier: ISC
//
// sendmail/dot_stuffer.h - text as DATA wants it.

#pragma once

#include <string>
#include <string_view>

namespace postern::sendmail {

// Puts a dot in front of each line that begins with one (RFC 5321 4.5.2).  Lines end in CRLF, and
// may come in pieces of any size.
class DotStuffer {
 public:
  std::string stuff(std::string_view text);

 private:
  bool is_line_start_ = true;
};

}  // namespace postern::sendmail
