// SPDX-License-Identifier: ISC
//
// adsp/name_service.h - our names on the network, and looking for those of others.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adsp/ddp_datagram.h"
#include "adsp/drop.h"
#include "adsp/nbp_packet.h"
#include "adsp/nbp_query.h"
#include "adsp/node_event.h"
#include "adsp/place.h"
#include "adsp/rate_limit.h"
#include "adsp/unanswered_lookups.h"
#include "adsp/world.h"

namespace postern::adsp {

// The Name Binding Protocol of a node that is no router: answers those who look for our names,
// looks whether a name is free before it takes it, and looks names up for others.
//
// A name that somebody else has is not answered for, and tried again every minute; so is one that
// is being tried.
class NameService {
 public:
  static constexpr std::size_t most_names = 64;
  static constexpr std::size_t most_lookups = 4;  // of lookup, at a time

  enum class State { waiting, asking, registered, taken };
  struct Registration {
    NbpTuple tuple;  // without net and node, which are the node's
    State state = State::waiting;
    Address holder;                 // State::taken: who has it
    std::optional<NbpQuery> query;  // State::asking
    Time again{};                   // State::taken: when it is tried anew
  };

  using Send = std::function<void(const Address& to, std::uint8_t from, const NbpPacket& packet)>;
  using Report = std::function<void(NodeEvent event)>;

  // zone: if not "*", lookups in other zones are left unanswered; for networks without routers,
  // where nobody else sees to that.
  NameService(std::string zone, Random random, Send send, Report report);

  // A name for a socket of ours.  Not again if it is there already; Errc::syntax if nothing can
  // be called so, Errc::limit if there are too many.
  Result<void> add(const NbpName& name, std::uint8_t socket);

  // Forgets a name; nobody has to be told.
  void remove(const NbpName& name);

  // Looks for names, ours too; LookupDone tells what there is.  Errc::limit: too many at a time.
  Result<std::uint64_t> lookup(const NbpName& pattern, const Place& place, Time now);

  // Of datagrams of type NBP to the socket of names or to reply_socket.
  void input(const DdpDatagram& datagram, const Place& place, DropTally& drops, Time now);

  // Once the node has a place.
  void tick(const Place& place, Time now);
  std::optional<Time> deadline() const;

  const std::vector<Registration>& names() const { return names_; }
  const UnansweredLookups& unanswered() const { return unanswered_; }

 private:
  struct Lookup {
    std::uint64_t id;
    NbpQuery query;
  };

  void answer(const NbpPacket& question, const Place& place, DropTally& drops, Time now);
  std::vector<NbpPacket> replies_to(const NbpPacket& question, const Place& place) const;
  void take_reply(const NbpPacket& packet, const Place& place, DropTally& drops, Time now);
  void yield(Registration& registration, const Address& holder, Time now);
  void step(Registration& registration, const Place& place, Time now);
  void ask(NbpQuery& query, const Place& place, Time now);
  NbpTuple placed(const Registration& registration, const Place& place) const;
  bool is_free(std::uint8_t query_id) const;
  std::uint8_t next_query_id();

  std::string zone_;
  Random random_;
  Send send_;
  Report report_;
  std::vector<Registration> names_;
  std::vector<Lookup> lookups_;
  UnansweredLookups unanswered_;
  RateLimit answers_{50};
  std::uint8_t last_query_id_;
  std::uint8_t last_enumerator_ = 0;
  std::uint64_t last_lookup_id_ = 0;
};

}  // namespace postern::adsp
