// SPDX-License-Identifier: ISC
//
// server/service.h - what the sessions of a worker, and those of one listener, share.

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/file_ops.h"
#include "base/id.h"
#include "conf/config.h"
#include "mail/reply.h"
#include "net/loop.h"
#include "net/tls_context.h"
#include "policy/admission.h"
#include "policy/submission.h"
#include "server/auth_client.h"
#include "server/client_names.h"
#include "server/scoreboard.h"
#include "server/traced_peers.h"
#include "smtp/settings.h"
#include "spool/committer.h"

namespace postern::server {

class ConnectionTable;
class HandshakeQueue;

// One of each in a worker; all outlive its connections.
struct WorkerServices {
  net::Loop& loop;
  const conf::Config& config;
  const net::TlsContext* tls;  // nullptr: there is none
  FileOps& files;
  spool::Committer& committer;
  AuthClient& auth;
  IdGenerator& ids;
  ConnectionTable& connections;
  HandshakeQueue& handshakes;
  policy::Admission& admission;
  ClientNames& names;
  const TracedPeers& traced;
  Scoreboard& scoreboard;
  std::size_t row;  // of the scoreboard, the worker's own

  void count(Counter counter, std::uint64_t times = 1) const;
  void observe(Histogram histogram, std::uint64_t value) const;
};

// One for each open listener.
struct ListenerService {
  // Both outlive it.
  ListenerService(WorkerServices& services, const conf::Listener& which,
                  std::size_t scoreboard_column);

  WorkerServices& worker;
  const conf::Listener& listener;
  std::size_t column;
  smtp::Settings settings;
  policy::Submission policy;

  const conf::Config& config() const { return worker.config; }
  const net::TlsContext* tls() const;  // nullptr if the listener has none

  // Whether the client is refused before the greeting.
  bool is_blocked_at_connect(const PeerAddress& peer) const;

  // The channels that there are for this client.
  std::uint32_t channels_for(const PeerAddress& peer) const;

  // Counts a connection of this client, whose pass it gets.  Who is in `clients`, or has no IP
  // address, always gets one.
  tl::expected<policy::Admission::Pass, policy::Refusal> admit(const PeerAddress& peer) const;
};

// Whoever refuses a client tells it so; these tell the log, and count.
void log_blocked(const ListenerService& service, const PeerAddress& peer, const mail::Reply& reply);
void log_channels_full(const ListenerService& service, const PeerAddress& peer);
void log_waiting(const ListenerService& service);
void log_over_limit(const ListenerService& service, const PeerAddress& peer,
                    policy::Refusal refusal);

}  // namespace postern::server
