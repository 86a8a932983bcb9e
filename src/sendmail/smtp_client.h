// SPDX-License-Identifier: ISC
//
// sendmail/smtp_client.h - a connection to the server, from the other end.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sendmail/server_reply.h"

namespace postern::sendmail {

enum class Dialogue { silent, shown };  // on standard error, line by line (-v)

// Says one thing after another and waits for each reply.  Every wait ends some time.
// Errors: the server is gone, has nothing to say, or talks nonsense.
class SmtpClient {
 public:
  SmtpClient(UniqueFd fd, Dialogue dialogue);

  Result<ServerReply> read_reply();

  // A command, without its line end, and the reply to it.
  Result<ServerReply> command(std::string_view line);

  // Text as it is; nothing waits for a reply.
  Result<void> send(std::string_view octets);

 private:
  UniqueFd fd_;
  Dialogue dialogue_;
  ReplyReader reader_;
  std::string unread_;
};

}  // namespace postern::sendmail
