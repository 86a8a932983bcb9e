// SPDX-License-Identifier: ISC
//
// server/message_facts.cpp - what the log says of a message that is being committed.

#include "server/message_facts.h"

#include "base/log.h"
#include "base/peer_address.h"

namespace postern::server {

void MessageFacts::log(const Result<void>& committed) const {
  const std::string peer = envelope.peer.empty() ? PeerAddress{}.to_string() : envelope.peer;
  if (!committed) {
    log::write(log::Level::error, "message_failed",
               {{"message", envelope.id},
                {"session", session},
                {"peer", peer},
                {"error", committed.error().message()}});
    return;
  }
  const auto taken = std::chrono::steady_clock::now() - begun;
  const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
  log::write(log::Level::info, "message_accepted",
             {{"message", envelope.id},
              {"session", session},
              {"peer", peer},
              {"login", envelope.login},
              {"mechanism", envelope.login.empty() ? "" : mechanism},
              {"helo", helo},
              {"protocol", envelope.with},
              {"from", envelope.reverse_path.to_string()},
              {"recipients", envelope.recipients.size()},
              {"size", octets},
              {"delay_ms", delay}});
  for (std::size_t i = 0; i < envelope.recipients.size(); ++i) {
    log::write(log::Level::info, "message_recipient",
               {{"message", envelope.id},
                {"session", session},
                {"peer", peer},
                {"to", envelope.recipients[i].address.to_string()},
                {"number", i + 1},
                {"recipients", envelope.recipients.size()},
                {"delay_ms", delay}});
  }
}

}  // namespace postern::server
