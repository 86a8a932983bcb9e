// SPDX-License-Identifier: ISC
//
// server/reception.h - from an accepted socket to a connection: may it come in, and who is it?

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/peer_address.h"
#include "base/unique_fd.h"
#include "mail/reply.h"
#include "net/acceptor.h"
#include "net/proxy_gate.h"
#include "policy/admission.h"
#include "server/connection.h"
#include "server/scoreboard.h"
#include "server/service.h"

namespace postern::server {

// Whoever connects takes a channel of the listener; a proxy says who the client is; the client is
// held to the limits of its address.  Who may not come in is told so, as far as that costs little.
class Reception {
 public:
  // worker outlives the reception.
  explicit Reception(WorkerServices& worker);

  void receive(ListenerService& service, UniqueFd fd, const PeerAddress& peer);

  // Where the listener wants clients to wait for a channel: its channels.  receive() then finds the
  // channel taken.
  std::optional<net::Acceptor::Room> room_of(const ListenerService& service);

  // Whether a channel was given back since the last call.
  bool take_has_room() { return std::exchange(has_room_, false); }

  // A connection is done.
  void on_finished(const Connection& connection);

  // Gates that are done go here, since they are done from inside.
  void sweep() { done_gates_.clear(); }

  // Waits for no more headers.
  void stop();
  bool is_idle() const { return gates_.empty(); }

  // Who comes in from now on is told goodbye as soon as it may be.
  void drain() { is_draining_ = true; }

 private:
  using GateId = std::uint64_t;
  struct Gate {
    const ListenerService& service;
    std::unique_ptr<net::ProxyGate> gate;
  };

  bool take_channel(const ListenerService& service);
  bool is_over_reserve(const ListenerService& service, const PeerAddress& peer) const;
  void give_back_channel(const ListenerService& service);
  void open_gate(ListenerService& service, UniqueFd fd, const PeerAddress& proxy);
  void close_gate(GateId id);
  void admit(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
             const std::optional<PeerAddress>& proxy);
  void serve(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
             const std::optional<PeerAddress>& proxy, policy::Admission::Pass pass);
  void turn_away(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
                 const std::optional<PeerAddress>& proxy, const mail::Reply& farewell);
  void refuse(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
              const std::optional<PeerAddress>& proxy, const mail::Reply& farewell);
  Connection& add_connection(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
                             const std::optional<PeerAddress>& proxy);

  WorkerServices& worker_;
  std::size_t refusals_ = 0;  // connections that are being told so
  bool is_draining_ = false;
  GateId last_gate_ = 0;
  std::map<GateId, Gate> gates_;
  std::vector<std::unique_ptr<net::ProxyGate>> done_gates_;
  bool has_room_ = false;
};

}  // namespace postern::server
