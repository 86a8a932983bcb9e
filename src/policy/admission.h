// SPDX-License-Identifier: ISC
//
// policy/admission.h - how many connections a client may have, and how fast it may be.
//
// A client is one IPv4 address, or one IPv6 /64, from which a single host may choose freely.  A
// network is an IPv4 /24 or an IPv6 /48.

#pragma once

#include <cstddef>
#include <cstdint>
#include <tl/expected.hpp>
#include <utility>

#include "base/ip_address.h"
#include "policy/admission_table.h"
#include "policy/pass_table.h"
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
enum class Refusal {
  too_many_of_client,
  client_too_fast,
  too_many_of_network,
  network_too_fast,
  too_many,  // max_connections: of all clients together
};

// Counts the connections of one process together with those of all others that share the table,
// and holds them to the limits.  No I/O and no clock: times are of the one that all processes have
// in common, and which does not run backwards.
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
//
// For an address there are 16 places, which the seed chooses.  So a few find no room before all
// places are taken: of ten thousand new ones two or so when four fifths are taken, and one of
// eight when nine tenths are.
class Admission {
 public:
  class Pass;
  using Owner = AdmissionTable::Owner;

  static constexpr std::size_t max_entries = 2 * TallyTable::capacity;  // clients and networks
  static constexpr std::size_t max_connections = PassTable::capacity;

  // The table outlives it.  owner: this process; no other one that uses the table has that number.
  Admission(const AdmissionLimits& limits, AdmissionTable& table, Owner owner);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // May this client connect?  The connection counts until its pass goes.  O(1).
  tl::expected<Pass, Refusal> enter(const IpAddress& address, Time now);

  // May the holder send one more message?  If so, this takes it from the client's rate, which all
  // connections of the client share.
  bool may_send(const Pass& pass, Time now);

  // How many clients and networks are remembered.  Looks at the whole table.
  std::size_t entries(Time now);

 private:
  // Where a connection counts.
  struct Place {
    std::uint32_t client;  // as they are in a pass
    std::uint32_t network;
  };

  tl::expected<Place, Refusal> find_place(const IpAddress& address, Time now);
  std::uint32_t network_of(const IpAddress& address, Time now);

  AdmissionLimits limits_;
  AdmissionTable& table_;
  Owner owner_;
  AddressHash hash_;
};

// Held by a connection for as long as it counts.  The table of the Admission outlives it.
class Admission::Pass {
 public:
  Pass() = default;  // counts nowhere and has no limits: for who has no address
  Pass(Pass&& other) noexcept
      : table_(std::exchange(other.table_, nullptr)), owner_(other.owner_), index_(other.index_) {}
  Pass& operator=(Pass&& other) noexcept;
  ~Pass() { leave(); }

 private:
  friend class Admission;
  Pass(AdmissionTable& table, Owner owner, PassTable::Index index)
      : table_(&table), owner_(owner), index_(index) {}

  void leave();

  AdmissionTable* table_ = nullptr;
  Owner owner_ = 0;
  PassTable::Index index_ = 0;
};

}  // namespace postern::policy
