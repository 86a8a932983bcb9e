// SPDX-License-Identifier: ISC
//
// server/auth_client.h - a worker's questions to its auth helpers.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

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

  // fd is one end of the SOCK_SEQPACKET pair that the helpers read (auth/helper_protocol.h).  So
  // many questions at most lie with the helpers; the others wait here, where they can be dropped.
  // on_stuck is called when they have answered nothing for as long as a question may take.
  AuthClient(net::Loop& loop, UniqueFd fd, std::size_t max_sent, std::function<void()> on_stuck);

  using Ticket = std::uint64_t;

  // The callback comes later, from the loop, exactly once unless it is cancelled.  It must hold
  // no pointer to anything that may be gone by then.
  Ticket verify(const auth::Credentials& credentials, Callback callback);

  // Nobody waits for that answer any more.  A question that has not reached a helper yet is
  // dropped: who asks and hangs up must not keep the helpers from those who stay.
  void cancel(Ticket ticket);

 private:
  struct Pending {
    std::chrono::steady_clock::time_point deadline;
    Callback callback;   // empty: cancelled
    std::string packet;  // empty: sent
  };
  using Questions = std::map<Ticket, Pending>;  // the oldest first

  void send_waiting();
  bool send(Pending& question);
  void on_readable();
  void give_up_overdue();
  void complain_if_stuck(std::chrono::steady_clock::time_point now);
  void finish(Ticket ticket, Verdict verdict);

  UniqueFd fd_;
  std::size_t max_sent_;
  std::function<void()> on_stuck_;
  std::chrono::steady_clock::time_point last_sign_{};  // of life; or of our complaint
  Ticket next_ticket_ = 1;
  Questions pending_;
  net::ReadWatch watch_;
  net::Timer overdue_;
};

}  // namespace postern::server
