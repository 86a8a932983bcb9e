// SPDX-License-Identifier: ISC
//
// spool/submitted_messages.cpp - what a committer was given and has not begun to commit.

#include "spool/submitted_messages.h"

#include <utility>

namespace postern::spool {

Committer::Ticket SubmittedMessages::add(WrittenMessage message, Committer::Completion completion) {
  const Committer::Ticket ticket = next_ticket_++;
  messages_.emplace_hint(messages_.end(), ticket,
                         SubmittedMessage{std::move(message), std::move(completion)});
  return ticket;
}

SubmittedMessage SubmittedMessages::take_front() {
  return std::move(messages_.extract(messages_.begin()).mapped());
}

std::vector<SubmittedMessage> SubmittedMessages::take_all() {
  std::vector<SubmittedMessage> all;
  all.reserve(messages_.size());
  while (!empty()) all.push_back(take_front());
  return all;
}

}  // namespace postern::spool
