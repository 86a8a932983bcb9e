// SPDX-License-Identifier: ISC
//
// adsp/engine_opening.cpp - how connections come to be: by a peer's wish or by ours.

#include <algorithm>
#include <utility>

#include "adsp/engine.h"
#include "base/text.h"

namespace postern::adsp {

namespace {

using Kind = Packet::Kind;
using State = Connection::State;
using End = Connection::End;

// For so long after the end of a connection a request for it is an old one that has lost its way.
constexpr auto oldest_request = std::chrono::seconds{5};

bool takes_channel(const Connection& connection) {
  return connection.state() != State::ended;
}

}  // namespace

void Engine::listen(std::uint8_t socket, std::size_t channels) {
  listeners_[socket] = channels;
}

void Engine::stop_listening(std::uint8_t socket) {
  listeners_.erase(socket);
}

Result<Engine::Id> Engine::open(const Address& remote, std::uint8_t socket, Time now) {
  const auto own = std::count_if(connections_.begin(), connections_.end(),
                                 [](const auto& row) { return row.second->is_ours(); });
  if (static_cast<std::size_t>(own) >= most_own) {
    return fail(Errc::limit, cat("more than ", most_own, " connections"));
  }
  const Connection::Ends ends{next_number(), socket, remote, 0};
  const Id id = ++last_id_;
  connections_.emplace(id, std::make_unique<Connection>(id, ends, sizes_, line_, now));
  return id;
}

void Engine::hear_request(const Packet& packet, const DdpDatagram& datagram, Time now) {
  const std::uint8_t socket = datagram.destination.socket;
  const auto listener = listeners_.find(socket);
  if (listener == listeners_.end()) return line_.tally.drops.count(Drop::no_such_socket);
  const bool makes_sense = packet.version == Packet::our_version && packet.connection != 0 &&
                           packet.peer_connection == 0;
  if (!makes_sense) return deny(packet, datagram, now);
  if (Connection* known = find_peer(datagram.source, packet.connection, socket)) {
    if (known->state() == State::accepting) known->input(packet, datagram.source, now);
    return settle(*known, now);
  }
  const auto* stone = tombstones_.find(datagram.source, packet.connection, socket);
  if (stone != nullptr && now - stone->since < oldest_request) {
    return line_.tally.drops.count(Drop::adsp_out_of_state);
  }
  if (!make_room(socket, listener->second, datagram.source, now)) {
    return deny(packet, datagram, now);
  }
  accept(packet, datagram, now);
}

// Whether there is a channel for one more.  One that is half-open, and whose peer has said nothing
// to two agreements, gives way: requests from nowhere shall not keep others out.  So does, but
// only when the new one is open, an older one between the same two sockets.
bool Engine::make_room(std::uint8_t socket, std::size_t channels, const Address& remote, Time now) {
  std::size_t in_use = 0;
  std::size_t all = 0;
  Connection* overdue = nullptr;
  for (const auto& [id, connection] : connections_) {
    if (connection->ends().socket != socket || connection->is_ours()) continue;
    ++all;
    const bool gives_way =
        connection->state() != State::accepting && matches(connection->ends().remote, remote);
    if (takes_channel(*connection) && !gives_way) ++in_use;
    if (overdue == nullptr && connection->is_overdue()) overdue = connection.get();
  }
  if (in_use < channels && all < 2 * channels) return true;
  if (overdue == nullptr) return false;
  overdue->finish(End::not_answered);
  settle(*overdue, now);
  return in_use <= channels && all <= 2 * channels;
}

void Engine::accept(const Packet& packet, const DdpDatagram& datagram, Time now) {
  const Connection::Ends ends{next_number(), datagram.destination.socket, datagram.source,
                              packet.connection};
  const Id id = ++last_id_;
  connections_.emplace(id, std::make_unique<Connection>(id, ends, sizes_, line_, packet, now));
}

void Engine::deny(const Packet& packet, const DdpDatagram& datagram, Time now) {
  if (!denials_.take(now)) return line_.tally.drops.count(Drop::too_many);
  ++line_.tally.denied;
  Packet denial;
  denial.kind = Kind::open_denial;
  denial.peer_connection = packet.connection;
  line_.send(datagram.source, datagram.destination.socket, denial, now);
}

// What belongs to an opening that is under way, or is a copy of that.
void Engine::hear_opening(const Packet& packet, const DdpDatagram& datagram, Time now) {
  Connection* connection =
      packet.peer_connection == 0 ? nullptr : find_number(packet.peer_connection);
  if (connection == nullptr || connection->ends().socket != datagram.destination.socket) {
    return line_.tally.drops.count(Drop::adsp_no_connection);
  }
  const Connection::Ends& ends = connection->ends();
  const bool is_requesting = connection->state() == State::requesting;
  const bool is_from_there = matches(ends.remote, datagram.source);
  bool belongs = is_from_there && packet.connection == ends.remote_number;
  if (packet.kind == Kind::open_denial) belongs = is_requesting && is_from_there;
  // A service may answer from another socket than it was asked at.
  if (packet.kind == Kind::open_request_acknowledgement && is_requesting) belongs = true;
  if (!belongs) return line_.tally.drops.count(Drop::adsp_out_of_state);
  const bool was_open = connection->state() == State::open;
  connection->input(packet, datagram.source, now);
  if (!was_open && connection->state() == State::open) replace_older(*connection, now);
  settle(*connection, now);
}

// Between two sockets there is one connection only: whoever opened an older one knows nothing of
// it any more.  Not before the newer one is open, since its request may be a late copy.
void Engine::replace_older(const Connection& newer, Time now) {
  for (auto next = connections_.begin(); next != connections_.end();) {
    Connection& older = *next->second;
    ++next;  // settle may remove it
    const bool is_replaced = older.id() != newer.id() &&
                             older.ends().socket == newer.ends().socket &&
                             matches(older.ends().remote, newer.ends().remote);
    if (!is_replaced || older.state() == State::ended) continue;
    older.finish(older.state() == State::accepting ? End::not_answered : End::replaced);
    settle(older, now);
  }
}

std::size_t Engine::channels_in_use(std::uint8_t socket) const {
  return static_cast<std::size_t>(
      std::count_if(connections_.begin(), connections_.end(), [&](const auto& row) {
        const Connection& connection = *row.second;
        return connection.ends().socket == socket && !connection.is_ours() &&
               takes_channel(connection);
      }));
}

std::uint16_t Engine::next_number() {
  do {
    ++last_number_;
  } while (last_number_ == 0 || find_number(last_number_) != nullptr ||
           tombstones_.has_number(last_number_));
  return last_number_;
}

}  // namespace postern::adsp
