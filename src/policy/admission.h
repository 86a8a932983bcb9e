// SPDX-License-Identifier: ISC
//
// policy/admission.h - how many connections a client may have, and how fast it may be.
//
// A client is one IPv4 address, or one IPv6 /64, from which a single host may choose freely.  A
// network is an IPv4 /24 or an IPv6 /48.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tl/expected.hpp>

#include "base/ip_address.h"
#include "base/random.h"
#include "policy/tally_table.h"
#include "policy/token_bucket.h"

namespace postern::policy {

// Everywhere 0 is no limit.  Rates are for a minute; as many may come at once after a pause.
struct AdmissionLimits {
  std::uint32_t client_connections = 0;  // at once
  std::uint32_t network_connections = 0;
  std::uint32_t client_connection_rate = 0;  // new ones
  std::uint32_t network_connection_rate = 0;
  std::uint32_t client_message_rate = 0;
};

// Which limit a connection would break.  If several, the client's own come first.
enum class Refusal { too_many_of_client, client_too_fast, too_many_of_network, network_too_fast };

// Counts the connections of one worker, and holds them to the limits.  No I/O and no clock: times
// are of one that does not run backwards.
//
// Who is refused loses nothing by it: a client that never stops trying gets in as often as the
// rate says.
//
// Memory is bounded (max_entries).  Who has no connection, and has been quiet for long enough, is
// forgotten.  If so many are remembered that there is no room for one more, as when somebody owns
// an IPv6 /32 and uses all of it, then a new client is held to the limits of its network alone;
// and a new network shares the limits of one network with others, its crowd.  All of an IPv6 /32
// or IPv4 /16 is in one of the crowds, so that whoever fills the memory gets in the way of few
// others.  Which crowd depends on the seed, and so nobody can aim at it.
class Admission {
 public:
  class Pass;

  static constexpr std::size_t max_entries = 65'536;  // half of it clients, half of it networks

  explicit Admission(const AdmissionLimits& limits, std::uint64_t seed = random_number());
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // May this client connect?  The connection counts until its pass goes.  O(1).
  tl::expected<Pass, Refusal> enter(const IpAddress& address, Time now);

  // May the holder send one more message?  If so, this takes it from the client's rate, which all
  // connections of the client share.
  bool may_send(const Pass& pass, Time now);

  // How many clients and networks are remembered; those that need not be go with time.
  std::size_t entries() const { return clients_.size() + networks_.size(); }

 private:
  Tally& network_of(const IpAddress& address, Time now);
  Tally& crowd_of(const IpAddress& address);

  AdmissionLimits limits_;
  TallyTable clients_;
  TallyTable networks_;
  AddressHash crowd_hash_;
  std::array<Tally, 256> crowds_;
};

// Held by a connection for as long as it counts.  The Admission outlives it.
class Admission::Pass {
 public:
  Pass() = default;  // counts nowhere and has no limits: for who has no address

 private:
  friend class Admission;
  Pass(Tally* client, Tally& network);

  struct Leave {
    void operator()(Tally* tally) const { --tally->connections; }
  };
  using Count = std::unique_ptr<Tally, Leave>;  // of one connection; the tally is the table's

  static Count count(Tally* tally);

  Count client_;   // none if there was no room for it
  Count network_;  // or its crowd
};

}  // namespace postern::policy
