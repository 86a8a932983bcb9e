// SPDX-License-Identifier: ISC
//
// server/message_facts.h - what the log says of a message that is being committed.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "mail/envelope.h"

namespace postern::server {

// The message may outlive its session, so this keeps all that the log wants to know.
struct MessageFacts {
  mail::Envelope envelope;
  std::string session;
  std::string mechanism;  // of the login; empty if there was none
  std::string helo;
  std::uint64_t octets = 0;                       // of text, as it was sent
  std::chrono::steady_clock::time_point begun{};  // when MAIL came

  // Writes message_accepted and a message_recipient for each recipient, or message_failed.
  void log(const Result<void>& committed) const;
};

}  // namespace postern::server
