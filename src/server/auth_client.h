// SPDX-License-Identifier: ISC
//
// server/auth_client.h - a worker's questions to its auth helpers.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>

#include "auth/verifier.h"
#include "base/unique_fd.h"
#include "net/loop.h"

namespace postern::server {

// Sends credentials to the helper processes and hands back what they say.  A question that gets
// no answer in time, because a helper died or hangs, is given up as unavailable; the supervisor
// replaces helpers, so the next one may be answered.
class AuthClient {
 public:
  enum class Verdict { valid, invalid, unavailable };
  using Callback = std::function<void(Verdict)>;

  // fd is one end of the SOCK_SEQPACKET pair that the helpers read (auth/helper_protocol.h).
  AuthClient(net::Loop& loop, UniqueFd fd);

  // The callback comes later, from the loop, exactly once.  It must hold no pointer to anything
  // that may be gone by then.
  void verify(const auth::Credentials& credentials, Callback callback);

 private:
  struct Pending {
    std::chrono::steady_clock::time_point deadline;
    Callback callback;
  };

  void on_readable();
  void give_up_overdue();
  void finish(std::uint64_t ticket, Verdict verdict);

  UniqueFd fd_;
  std::uint64_t next_ticket_ = 1;
  std::map<std::uint64_t, Pending> pending_;  // by ticket
  net::ReadWatch watch_;
  net::Timer overdue_;
};

}  // namespace postern::server
