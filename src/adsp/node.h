// SPDX-License-Identifier: ISC
//
// adsp/node.h - a station on a LocalTalk network that is carried by UDP.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adsp/address_acquisition.h"
#include "adsp/ddp_datagram.h"
#include "adsp/drop.h"
#include "adsp/llap_frame.h"
#include "adsp/name_service.h"
#include "adsp/node_event.h"
#include "adsp/place.h"
#include "adsp/rate_limit.h"
#include "adsp/routes.h"
#include "adsp/world.h"

namespace postern::adsp {

// Gets itself a number and defends it, learns from routers where it is, answers to its names and
// echoes, and takes datagrams of ADSP to and from the network.  It knows nothing of connections.
//
// Nothing is sent before it has a number, which takes 1.6 seconds or more.  The number then stays
// until the end of the Node, and so must the network: a new Node means that all its connections
// are gone.
class Node {
 public:
  struct Options {
    std::uint8_t hint = 0;   // the number to try first; 0: any
    std::string zone = "*";  // see NameService
  };
  struct Tally {
    std::uint64_t frames_in = 0;  // that others have sent, well-formed or not
    std::uint64_t frames_out = 0;
    DropTally drops;
  };

  // Sends a UDP datagram to the group.  If it is lost, so is a frame on a wire.
  using Output = std::function<void(std::string_view datagram)>;
  using OnAdsp = std::function<void(const DdpDatagram& datagram, Time now)>;

  Node(const Options& options, const Random& random, Output output);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // What takes datagrams of type ADSP to dynamic sockets.  Their source has our network's number
  // where they have none and we know it.
  void on_adsp(OnAdsp callback) { on_adsp_ = std::move(callback); }

  void start(Time now);

  // A UDP datagram from the group.  Whatever it is.
  void input(std::string_view datagram, Time now);

  void tick(Time now);
  std::optional<Time> deadline() const;

  // Sends octets, at most DdpDatagram::most_octets, from a socket of ours; counts them as dropped
  // if there is no number yet or no way.
  void send(const Address& to, std::uint8_t from_socket, std::uint8_t type, std::string_view octets,
            Time now);

  // Names may come before start.  For what fails see NameService; a lookup also fails while there
  // is no number (Errc::temporary).
  Result<void> add_name(const NbpName& name, std::uint8_t socket) {
    return names_.add(name, socket);
  }
  void remove_name(const NbpName& name) { names_.remove(name); }
  Result<std::uint64_t> lookup(const NbpName& pattern, Time now);

  // What has happened since the last call; of more than 512 the later ones are lost.
  std::vector<NodeEvent> take_events();

  // net and router as they are known; nothing while there is no number.
  std::optional<Place> place() const;
  const NameService& names() const { return names_; }
  const Tally& tally() const { return tally_; }

 private:
  void acquire(Time now);
  void hear_control(const LlapFrame& frame, Time now);
  void hear_objection(const LlapFrame& frame, Time now);
  void hear_double(const LlapFrame& frame, Time now);
  void hear_datagram(const LlapFrame& frame, Time now);
  void dispatch(const DdpDatagram& datagram, const Place& place, Time now);
  void echo(const DdpDatagram& datagram, Time now);
  void ask_for_router(Time now);
  void send_frame(std::uint8_t destination, std::uint8_t source, LlapType type,
                  std::string_view octets);
  void report(NodeEvent event);

  Output output_;
  OnAdsp on_adsp_;
  std::uint32_t sender_;
  AddressAcquisition acquisition_;
  Routes routes_;
  NameService names_;
  RateLimit echoes_{100};
  RateLimit acknowledgements_{50};
  RateLimit router_news_{1};
  std::optional<Time> next_router_request_;
  unsigned router_requests_ = 0;
  std::optional<Time> contested_;  // when that was told last
  Time now_{};                     // of the current call, for what the names send
  std::vector<NodeEvent> events_;
  Tally tally_;
};

}  // namespace postern::adsp
