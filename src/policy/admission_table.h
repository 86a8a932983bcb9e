// SPDX-License-Identifier: ISC
//
// policy/admission_table.h - what all workers together know of their clients.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ip_address.h"
#include "base/shared_lock.h"
#include "policy/pass_table.h"
#include "policy/tally_table.h"

namespace postern::policy {

// Lives in memory that processes share, which outlasts each of them.  All octets are zero at first,
// but for the seed, which is set once before anybody uses it.  Nothing here trusts a number that it
// reads: whoever writes nonsense spoils the counts, and no more.
//
// Who dies takes nothing along.  Its connections are given back by forget; and if it was changing
// the table at that moment, whoever comes next mends that: the counts of connections are made anew
// from the passes.
struct AdmissionTable {
  using Owner = SharedLock::Holder;

  // While it lives its process has the table for itself.
  class Access {
   public:
    Access(AdmissionTable& table, Owner process);
    ~Access() { table_.lock.unlock(process_); }
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

   private:
    AdmissionTable& table_;
    Owner process_;
  };

  // All connections of a process that has died count no longer; process is the one that says so.
  void forget(Owner dead, Owner process);

  // ---- With access only

  // Counts a connection, as the tallies' numbers say; nothing if there is no room for it.
  std::optional<PassTable::Index> enter(Owner owner, std::uint32_t client, std::uint32_t network);

  // If that pass is the owner's; it is not if the owner was taken for dead.
  void leave(PassTable::Index pass, Owner owner);

  // In a pass a client is an index and one more, or 0 if there was no room for it; a network is an
  // index, or the number of its crowd beyond all of them.
  static std::uint32_t client_number(TallyTable::Index index) { return index + 1; }
  static std::uint32_t crowd_number(std::uint64_t hash);
  Tally* client(std::uint32_t number);
  Tally& network(std::uint32_t number);

  SharedLock lock;
  std::uint64_t seed;
  TallyTable clients;
  TallyTable networks;
  std::array<Tally, 256> crowds;
  PassTable passes;

 private:
  void mend();
};

}  // namespace postern::policy
