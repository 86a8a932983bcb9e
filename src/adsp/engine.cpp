// SPDX-License-Identifier: ISC
//
// adsp/engine.cpp - all connections of a node.

#include "adsp/engine.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/text.h"

namespace postern::adsp {

namespace {

using Kind = Packet::Kind;
using State = Connection::State;
using End = Connection::End;

// Whether a peer may still take the connection for open when it ended so.
bool may_need_reminding(End end) {
  switch (end) {
    case End::closed:
    case End::aborted:
    case End::peer_reset:
    case End::silent:
    case End::undelivered: return true;
    case End::none:
    case End::peer_closed:
    case End::replaced:
    case End::denied:
    case End::not_answered: return false;
  }
  return false;
}

}  // namespace

Engine::Engine(const Connection::Sizes& sizes, Random random, Line::Output output)
    : sizes_(sizes),
      line_{std::move(output), std::move(random), {}},
      last_number_(static_cast<std::uint16_t>(line_.random() & 0xffffU)) {}

void Engine::input(const DdpDatagram& datagram, Time now) {
  ++line_.tally.packets_in;
  const auto packet = parse_packet(datagram.octets);
  if (!packet) return line_.tally.drops.count(packet.error());
  if (packet->kind == Kind::open_request) return hear_request(*packet, datagram, now);
  if (opens(packet->kind)) return hear_opening(*packet, datagram, now);
  Connection* connection =
      find_peer(datagram.source, packet->connection, datagram.destination.socket);
  if (connection == nullptr || connection->state() == State::ended) {
    return hear_stranger(*packet, datagram, now);
  }
  const bool was_open = connection->state() == State::open;
  connection->input(*packet, datagram.source, now);
  if (!was_open && connection->state() == State::open) replace_older(*connection, now);
  settle(*connection, now);
}

// Of a connection that is gone; a peer that has not heard so is told again.
void Engine::hear_stranger(const Packet& packet, const DdpDatagram& datagram, Time now) {
  const auto* stone =
      tombstones_.find(datagram.source, packet.connection, datagram.destination.socket);
  if (stone == nullptr || packet.kind == Kind::close_advice) {
    return line_.tally.drops.count(Drop::adsp_no_connection);
  }
  if (!reminders_.take(now)) return line_.tally.drops.count(Drop::too_many);
  line_.send(stone->ends.remote, stone->ends.socket, stone->close_advice, now);
}

void Engine::tick(Time now) {
  tombstones_.tick(now);
  for (auto next = connections_.begin(); next != connections_.end();) {
    Connection& connection = *next->second;
    ++next;  // settle may remove it
    connection.tick(now);
    settle(connection, now);
  }
}

std::optional<Time> Engine::deadline() const {
  std::optional<Time> first = tombstones_.deadline();
  for (const auto& [id, connection] : connections_) {
    const auto time = connection->deadline();
    if (time) first = first ? std::min(*first, *time) : time;
  }
  return first;
}

// After each call of a connection: passes on what it has to tell.
void Engine::settle(Connection& connection, Time now) {
  if (connection.state() == State::accepting || !connection.take_changed()) return;
  const Id id = connection.id();
  const bool has_ended = connection.state() == State::ended;
  const bool is_known_there = connection.ends().remote_number != 0;
  if (has_ended && is_known_there && may_need_reminding(connection.end())) {
    tombstones_.add(connection.ends(), connection.close_advice(), now);
  }
  if (has_ended && !connection.is_known()) {
    if (connection.end() == End::not_answered) ++line_.tally.unanswered;
    connections_.erase(id);
    return;
  }
  if (std::find(changed_.begin(), changed_.end(), id) == changed_.end()) changed_.push_back(id);
}

std::vector<Engine::Id> Engine::take_changed() {
  return std::exchange(changed_, {});
}

std::vector<Engine::Id> Engine::ids() const {
  std::vector<Id> ids;
  for (const auto& [id, connection] : connections_) {
    if (connection->is_known()) ids.push_back(id);
  }
  return ids;
}

const Connection* Engine::find(Id id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

Connection* Engine::get(Id id) {
  const auto found = connections_.find(id);
  assert(found != connections_.end());
  return found->second.get();
}

void Engine::consume(Id id, std::size_t octets, Time now) {
  Connection& connection = *get(id);
  connection.consume(octets, now);
  settle(connection, now);
}

std::size_t Engine::write(Id id, std::string_view octets, Time now) {
  Connection& connection = *get(id);
  const std::size_t written = connection.write(octets, now);
  settle(connection, now);
  return written;
}

void Engine::close(Id id, Time now) {
  Connection& connection = *get(id);
  connection.close(now);
  settle(connection, now);
}

void Engine::abort(Id id, Time now) {
  Connection& connection = *get(id);
  connection.abort(now);
  settle(connection, now);
}

void Engine::release(Id id, Time now) {
  abort(id, now);
  std::erase(changed_, id);
  connections_.erase(id);
}

Connection* Engine::find_peer(const Address& remote, std::uint16_t remote_number,
                              std::uint8_t socket) {
  Connection* ended = nullptr;
  for (const auto& [id, connection] : connections_) {
    const Connection::Ends& ends = connection->ends();
    const bool is_it = ends.remote_number == remote_number && ends.socket == socket &&
                       matches(ends.remote, remote);
    if (!is_it) continue;
    if (connection->state() != State::ended) return connection.get();
    ended = connection.get();
  }
  return ended;
}

Connection* Engine::find_number(std::uint16_t number) {
  for (const auto& [id, connection] : connections_) {
    if (connection->ends().number == number) return connection.get();
  }
  return nullptr;
}

}  // namespace postern::adsp
