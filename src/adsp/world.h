// SPDX-License-Identifier: ISC
//
// adsp/world.h - time and chance, which everything in this folder is given from outside.
//
// The folder is AppleTalk without I/O, from frames up to a stream of octets.  A program makes a
// Node (adsp/node.h), which lives on the network and has names there, and an Engine
// (adsp/engine.h), which has the connections, and ties them together:
//
//   Node node(options, random, [&](std::string_view datagram) { send it to the group; });
//   Engine engine(limits, random, [&](const Address& to, std::uint8_t from, std::string_view p) {
//     node.send(to, from, ddp_type::adsp, p); });
//   node.on_adsp([&](const DdpDatagram& datagram, Time at) { engine.input(datagram, at); });
//   engine.listen(socket, channels);          // for each service
//   node.add_name("Postern", "SMTPServer", socket);
//   node.start(now);
//
// and from then on
//
//   for each UDP datagram: node.input(datagram, now);
//   when node.deadline() or engine.deadline() has come: node.tick(now), engine.tick(now);
//   after either: node.take_events() for the log, engine.take_changed() for the streams.
//
// None of them calls back but to send, and what sends may not call them: what comes in answer is
// for the next turn.  Both deadlines may move with every call, so ask again before sleeping; one
// that has passed means at once.  Services have sockets from 128 to 252; 253 is the node's own.
// What comes from the network is held in bounded memory, whatever it is.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace postern::adsp {

// Of a clock that does not run backwards; the same one in all calls.
using Time = std::chrono::steady_clock::time_point;

// Each call gives 32 bits that nobody on the network can foresee.
using Random = std::function<std::uint32_t()>;

}  // namespace postern::adsp
