// SPDX-License-Identifier: ISC
//
// spool/submitted_messages.h - what a committer was given and has not begun to commit.

#pragma once

#include <map>
#include <vector>

#include "spool/committer.h"

namespace postern::spool {

struct SubmittedMessage {
  WrittenMessage message;
  Committer::Completion completion;
};

// In the order in which they came.
class SubmittedMessages {
 public:
  // Tickets rise from first, so that two of these can have tickets apart.
  explicit SubmittedMessages(Committer::Ticket first = 0) : next_ticket_(first) {}

  Committer::Ticket add(WrittenMessage message, Committer::Completion completion);
  bool withdraw(Committer::Ticket ticket) { return messages_.erase(ticket) > 0; }

  bool empty() const { return messages_.empty(); }
  const WrittenMessage& front() const { return messages_.begin()->second.message; }
  SubmittedMessage take_front();
  std::vector<SubmittedMessage> take_all();

 private:
  Committer::Ticket next_ticket_;
  std::map<Committer::Ticket, SubmittedMessage> messages_;
};

}  // namespace postern::spool
