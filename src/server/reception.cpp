// SPDX-License-Identifier: ISC
//
// server/reception.cpp - from an accepted socket to a connection.

#include "server/reception.h"

#include <memory>
#include <utility>

#include "base/log.h"

namespace postern::server {

namespace reply = mail::reply;

namespace {

// So many clients at once are told that there are too many; more are closed without a word.
constexpr std::size_t max_refusals = 64;

}  // namespace

Reception::Reception(WorkerServices& worker) : worker_(worker) {}

void Reception::receive(ListenerService& service, UniqueFd fd, const PeerAddress& peer) {
  const bool has_waited = service.listener.overload == conf::Overload::backlog;
  if (!has_waited && !take_channel(service)) {
    log_channels_full(service, peer);
    return refuse(service, std::move(fd), peer, std::nullopt,
                  reply::too_many_connections(service.config().hostname));
  }
  if (service.listener.proxy_from.contains(peer)) return open_gate(service, std::move(fd), peer);
  admit(service, std::move(fd), peer, std::nullopt);
}

std::optional<net::Acceptor::Room> Reception::room_of(const ListenerService& service) {
  if (service.listener.overload == conf::Overload::refuse) return std::nullopt;
  // One line for each time at which clients wait, however many and how long.
  const auto is_told = std::make_shared<bool>(false);
  const auto take = [this, &service] { return take_channel(service); };
  const auto give_back = [this, &service, is_told] {
    give_back_channel(service);
    *is_told = false;
  };
  const auto on_wait = [&service, is_told] {
    if (!std::exchange(*is_told, true)) log_waiting(service);
  };
  return net::Acceptor::Room{take, give_back, on_wait};
}

// Counts first and looks then: of two workers that take the last channel at the same moment
// both may refuse, but never both accept.
bool Reception::take_channel(const ListenerService& service) {
  worker_.scoreboard.open_channel(worker_.row, service.column);
  if (worker_.scoreboard.channels(service.column) <= service.listener.channels) return true;
  give_back_channel(service);
  return false;
}

// Only where channels are kept: the client holds one of all of them already, and a worker that
// looks for one at this moment counts, too.
bool Reception::is_over_reserve(const ListenerService& service, const PeerAddress& peer) const {
  const std::uint32_t allowed = service.channels_for(peer);
  return allowed < service.listener.channels &&
         worker_.scoreboard.channels(service.column) > allowed;
}

void Reception::give_back_channel(const ListenerService& service) {
  worker_.scoreboard.close_channel(worker_.row, service.column);
  has_room_ = true;
}

void Reception::open_gate(ListenerService& service, UniqueFd fd, const PeerAddress& proxy) {
  const GateId id = ++last_gate_;
  const auto on_header = [this, id, &service, proxy](UniqueFd socket,
                                                     const net::ProxyHeader& header) {
    close_gate(id);
    if (header.client) return admit(service, std::move(socket), *header.client, proxy);
    // Version 1 has one word for a proxy that looks whether we are well, who must not be limited,
    // and for a client that the proxy does not know, who must not be trusted.
    serve(service, std::move(socket), PeerAddress{}, proxy, policy::Admission::Pass{});
  };
  const auto on_failure = [this, id, &service, proxy](std::string_view reason) {
    worker_.count(Counter::proxy_headers_failed);
    log::write(
        log::Level::warning, "proxy_failed",
        {{"listener", service.listener.name}, {"peer", proxy.to_string()}, {"reason", reason}});
    give_back_channel(service);
    close_gate(id);
  };
  auto gate = std::make_unique<net::ProxyGate>(
      worker_.loop, std::move(fd), service.config().timeouts.handshake, on_header, on_failure);
  gates_.emplace(id, Gate{service, std::move(gate)});
}

void Reception::close_gate(GateId id) {
  auto node = gates_.extract(id);
  if (!node.empty()) done_gates_.push_back(std::move(node.mapped().gate));
}

void Reception::admit(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
                      const std::optional<PeerAddress>& proxy) {
  if (service.is_blocked_at_connect(peer)) {
    give_back_channel(service);
    const auto farewell = reply::client_blocked_at_connect();
    log_blocked(service, peer, farewell);
    return turn_away(service, std::move(fd), peer, proxy, farewell);
  }
  if (is_over_reserve(service, peer)) {
    give_back_channel(service);
    log_channels_full(service, peer);
    return refuse(service, std::move(fd), peer, proxy,
                  reply::too_many_connections(service.config().hostname));
  }
  // Who speaks for others by XCLIENT is not limited as one client would be.
  const bool speaks_for_others = service.listener.xclient_from.contains(peer);
  if (speaks_for_others) return serve(service, std::move(fd), peer, proxy, {});
  auto pass = service.admit(peer);
  if (pass) return serve(service, std::move(fd), peer, proxy, std::move(*pass));
  give_back_channel(service);
  log_over_limit(service, peer, pass.error());
  turn_away(service, std::move(fd), peer, proxy,
            reply::too_many_from_client(service.config().hostname));
}

// A TLS handshake is more than a client that is blocked, or too fast, is worth.
void Reception::turn_away(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
                          const std::optional<PeerAddress>& proxy, const mail::Reply& farewell) {
  if (service.listener.tls == conf::ListenerTls::implicit) return;
  refuse(service, std::move(fd), peer, proxy, farewell);
}

void Reception::serve(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
                      const std::optional<PeerAddress>& proxy, policy::Admission::Pass pass) {
  worker_.count(Counter::connections_served);
  Connection& connection = add_connection(service, std::move(fd), peer, proxy);
  connection.serve(std::move(pass));
  if (is_draining_) connection.drain();
}

void Reception::refuse(ListenerService& service, UniqueFd fd, const PeerAddress& peer,
                       const std::optional<PeerAddress>& proxy, const mail::Reply& farewell) {
  if (refusals_ == max_refusals) return;
  ++refusals_;
  add_connection(service, std::move(fd), peer, proxy).refuse(farewell);
}

Connection& Reception::add_connection(ListenerService& service, UniqueFd fd,
                                      const PeerAddress& peer,
                                      const std::optional<PeerAddress>& proxy) {
  const ConnectionId id = worker_.connections.next_id();
  return worker_.connections.add(
      id, std::make_unique<Connection>(id, service, std::move(fd), peer, proxy));
}

void Reception::on_finished(const Connection& connection) {
  if (connection.purpose() == Connection::Purpose::refuse) {
    --refusals_;
  } else {
    give_back_channel(connection.service());
  }
}

void Reception::stop() {
  for (const auto& [id, gate] : gates_) give_back_channel(gate.service);
  gates_.clear();
}

}  // namespace postern::server
