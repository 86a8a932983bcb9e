// SPDX-License-Identifier: ISC
//
// policy/admission_table.cpp - what all workers together know of their clients.

#include "policy/admission_table.h"

#include <type_traits>

namespace postern::policy {

namespace {

static_assert(std::is_trivially_destructible_v<AdmissionTable>, "nobody destroys shared memory");

// A count that is too low, since the table was spoilt, must not become four thousand millions.
void uncount(Tally& tally) {
  if (tally.connections > 0) --tally.connections;
}

}  // namespace

AdmissionTable::Access::Access(AdmissionTable& table, Owner process)
    : table_(table), process_(process) {
  if (table.lock.lock(process) == SharedLock::Found::broken) table.mend();
}

std::uint32_t AdmissionTable::crowd_number(std::uint64_t hash) {
  constexpr std::uint64_t count = std::tuple_size_v<decltype(crowds)>;
  return TallyTable::capacity + static_cast<std::uint32_t>(hash % count);
}

Tally* AdmissionTable::client(std::uint32_t number) {
  return number == 0 ? nullptr : &clients[number - 1];
}

Tally& AdmissionTable::network(std::uint32_t number) {
  if (number < TallyTable::capacity) return networks[number];
  return crowds[(number - TallyTable::capacity) % crowds.size()];
}

std::optional<PassTable::Index> AdmissionTable::enter(Owner owner, std::uint32_t client_of_it,
                                                      std::uint32_t network_of_it) {
  const auto pass = passes.add(owner, client_of_it, network_of_it);
  if (!pass) return std::nullopt;
  if (Tally* tally = client(client_of_it)) ++tally->connections;
  ++network(network_of_it).connections;
  return pass;
}

void AdmissionTable::leave(PassTable::Index pass, Owner owner) {
  const PassTable::Entry entry = passes[pass];
  if (entry.owner != owner) return;
  if (Tally* tally = client(entry.client)) uncount(*tally);
  uncount(network(entry.network));
  passes.remove(pass);
}

void AdmissionTable::forget(Owner dead, Owner process) {
  lock.abandon(dead);
  const Access access(*this, process);
  passes.for_each([&](PassTable::Index pass, const PassTable::Entry&) { leave(pass, dead); });
}

void AdmissionTable::mend() {
  clients.clear_connections();
  networks.clear_connections();
  for (Tally& crowd : crowds) crowd.connections = 0;
  passes.mend();
  passes.for_each([this](PassTable::Index, const PassTable::Entry& entry) {
    if (Tally* tally = client(entry.client)) ++tally->connections;
    ++network(entry.network).connections;
  });
}

}  // namespace postern::policy
