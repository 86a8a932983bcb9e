// SPDX-License-Identifier: ISC
//
// adsp/engine.h - all connections of a node, and the opening of new ones.
//
// What a program does with it: it listens on a socket for each service, and connects every
// connection that opens to a stream of its own,
//
//   for (const Connection::Id id : engine.take_changed()) {
//     const Connection* connection = engine.find(id);
//     if it is new: connect the stream; connection->ends().socket says to which service;
//     write connection->unread() to the stream, as much as that takes, and
//       engine.consume(id, as much, now): what is not consumed is what holds the peer back;
//     read at most connection->room() from the stream, and engine.write(id, octets, now);
//     if it has ended, and all is consumed: close the stream, engine.release(id);
//       unless end() is closed or peer_closed, the stream was cut: it must not end in a proper way;
//   }
//   // the stream is at its end: engine.close(id, now); it was cut: engine.abort(id, now)

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "adsp/address.h"
#include "adsp/connection.h"
#include "adsp/ddp_datagram.h"
#include "adsp/line.h"
#include "adsp/packet.h"
#include "adsp/rate_limit.h"
#include "adsp/tombstones.h"
#include "adsp/world.h"
#include "base/result.h"

namespace postern::adsp {

// No I/O, no clock.  Whatever comes, at most one packet is sent for it that carries no octets, and
// at most a burst that does.  Memory: for each channel one connection, with the Sizes, and another
// for a moment when a peer starts anew; 256 tombstones.
class Engine {
 public:
  using Id = Connection::Id;

  static constexpr std::size_t most_own = 64;  // connections that we have asked for

  Engine(const Connection::Sizes& sizes, Random random, Line::Output output);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Peers may open connections to this socket, so many at a time, half-open ones included; one
  // more is denied.  Again with another number: that holds from now on.
  void listen(std::uint8_t socket, std::size_t channels);

  // Requests are left unanswered from now on; connections that there are stay.
  void stop_listening(std::uint8_t socket);

  // Asks a peer to open one, from a socket of ours.  Errc::limit: there are too many.
  Result<Id> open(const Address& remote, std::uint8_t socket, Time now);

  // A datagram of type ADSP, whatever is in it.
  void input(const DdpDatagram& datagram, Time now);

  void tick(Time now);
  std::optional<Time> deadline() const;

  // The connections for which something has changed since the last call, each once: it is open,
  // there is more to read, there is room after a write was cut, or it has ended.  One that a peer
  // is opening is not told of until it is open.
  std::vector<Id> take_changed();

  // All that were told of and not released, the oldest first; for status, or to abort them.
  std::vector<Id> ids() const;

  // Valid until release; nothing after it.
  const Connection* find(Id id) const;

  // ---- Of one of ids()

  // Takes so many octets off what is unread; at most that many.
  void consume(Id id, std::size_t octets, Time now);

  // As many of the octets as there is room for; says how many.  None unless it is open.
  std::size_t write(Id id, std::string_view octets, Time now);

  // Nothing more is written or read.  What was written still arrives; then it ends.
  void close(Id id, Time now);

  // Ends it now; the peer is told.
  void abort(Id id, Time now);

  // Forgets a connection; first aborts it unless it has ended.  All else about it is then unknown.
  void release(Id id, Time now);

  // Of a service: open and half-open ones.
  std::size_t channels_in_use(std::uint8_t socket) const;
  std::size_t size() const { return connections_.size(); }
  std::size_t tombstones() const { return tombstones_.size(); }
  const EngineTally& tally() const { return line_.tally; }

 private:
  void hear_request(const Packet& packet, const DdpDatagram& datagram, Time now);
  void hear_opening(const Packet& packet, const DdpDatagram& datagram, Time now);
  void hear_stranger(const Packet& packet, const DdpDatagram& datagram, Time now);
  bool make_room(std::uint8_t socket, std::size_t channels, const Address& remote, Time now);
  void accept(const Packet& packet, const DdpDatagram& datagram, Time now);
  void deny(const Packet& packet, const DdpDatagram& datagram, Time now);
  void replace_older(const Connection& newer, Time now);

  Connection* get(Id id);
  Connection* find_peer(const Address& remote, std::uint16_t remote_number, std::uint8_t socket);
  Connection* find_number(std::uint16_t number);
  std::uint16_t next_number();
  void settle(Connection& connection, Time now);

  Connection::Sizes sizes_;
  Line line_;
  std::map<std::uint8_t, std::size_t> listeners_;  // the channels of each socket
  std::map<Id, std::unique_ptr<Connection>> connections_;
  Tombstones tombstones_;
  RateLimit denials_{50};
  RateLimit reminders_{50};
  std::vector<Id> changed_;
  Id last_id_ = 0;
  std::uint16_t last_number_;
};

}  // namespace postern::adsp
