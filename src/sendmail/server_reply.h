// SPDX-License-Identifier: ISC
//
// sendmail/server_reply.h - what the server answers.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace postern::sendmail {

// One reply (RFC 5321 4.2), of one line or several.
struct ServerReply {
  int code = 0;
  std::vector<std::string> lines;  // without the codes and line ends

  bool is_positive() const { return code < 400; }

  // "550 5.7.1 Relaying denied", with a blank between the lines.
  std::string text() const;

  // "5.7.1", which the last line begins with (RFC 2034 4); empty if there is none.
  std::string_view enhanced_code() const;
};

// Puts replies together from what comes over a connection, in pieces of any size.
class ReplyReader {
 public:
  // Takes octets off input until there is a whole reply; nothing if more have to come.
  // Errors are Errc::syntax: that is no reply, or an endless one.
  Result<std::optional<ServerReply>> read(std::string_view& input);

 private:
  Result<bool> take_line();

  std::string line_;
  ServerReply reply_;
};

}  // namespace postern::sendmail
