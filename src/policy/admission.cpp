// SPDX-License-Identifier: ISC
//
// policy/admission.cpp - how many connections a client may have, and how fast it may be.

#include "policy/admission.h"

namespace postern::policy {

namespace {

constexpr unsigned v4 = 96;  // bits before an IPv4 address

IpAddress client_prefix(const IpAddress& address) {
  return address.first_of_prefix(address.is_v4() ? v4 + 32 : 64);
}

IpAddress network_prefix(const IpAddress& address) {
  return address.first_of_prefix(address.is_v4() ? v4 + 24 : 48);
}

IpAddress crowd_prefix(const IpAddress& address) {
  return address.first_of_prefix(address.is_v4() ? v4 + 16 : 32);
}

bool is_crowded(const Tally& tally, std::uint32_t limit) {
  return limit != 0 && tally.connections >= limit;
}

}  // namespace

Admission::Admission(const AdmissionLimits& limits, AdmissionTable& table, Owner owner)
    : limits_(limits), table_(table), owner_(owner), hash_(table.seed) {}

tl::expected<Admission::Pass, Refusal> Admission::enter(const IpAddress& address, Time now) {
  const AdmissionTable::Access access(table_, owner_);
  const auto place = find_place(address, now);
  if (!place) return tl::unexpected(place.error());
  if (Tally* client = table_.client(place->client)) {
    client->arrivals.take(limits_.client_connection_rate, now);
  }
  table_.network(place->network).arrivals.take(limits_.network_connection_rate, now);
  const auto pass = table_.enter(owner_, place->client, place->network);
  if (!pass) return tl::unexpected(Refusal::too_many);
  return Pass{table_, owner_, *pass};
}

tl::expected<Admission::Place, Refusal> Admission::find_place(const IpAddress& address, Time now) {
  const IpAddress prefix = client_prefix(address);
  auto client = table_.clients.find(prefix, hash_);
  if (client) {
    const Tally& tally = table_.clients[*client];
    if (is_crowded(tally, limits_.client_connections)) {
      return tl::unexpected(Refusal::too_many_of_client);
    }
    if (!tally.arrivals.has_token(limits_.client_connection_rate, now)) {
      return tl::unexpected(Refusal::client_too_fast);
    }
  }
  const std::uint32_t number = network_of(address, now);
  const Tally& network = table_.network(number);
  if (is_crowded(network, limits_.network_connections)) {
    return tl::unexpected(Refusal::too_many_of_network);
  }
  if (!network.arrivals.has_token(limits_.network_connection_rate, now)) {
    return tl::unexpected(Refusal::network_too_fast);
  }
  if (!table_.passes.has_room()) return tl::unexpected(Refusal::too_many);
  // Only now: a network that is refused must not fill the memory with clients.
  if (!client) client = table_.clients.add(prefix, hash_, now);
  return Place{client ? AdmissionTable::client_number(*client) : 0, number};
}

std::uint32_t Admission::network_of(const IpAddress& address, Time now) {
  const IpAddress prefix = network_prefix(address);
  if (const auto known = table_.networks.find(prefix, hash_)) return *known;
  if (const auto added = table_.networks.add(prefix, hash_, now)) return *added;
  return AdmissionTable::crowd_number(hash_(crowd_prefix(address)));
}

bool Admission::may_send(const Pass& pass, Time now) {
  if (pass.table_ == nullptr || limits_.client_message_rate == 0) return true;
  const AdmissionTable::Access access(table_, owner_);
  const PassTable::Entry& place = table_.passes[pass.index_];
  Tally* client = table_.client(place.client);
  TokenBucket& messages = client ? client->messages : table_.network(place.network).messages;
  if (!messages.has_token(limits_.client_message_rate, now)) return false;
  messages.take(limits_.client_message_rate, now);
  return true;
}

std::size_t Admission::entries(Time now) {
  const AdmissionTable::Access access(table_, owner_);
  return table_.clients.count_busy(now) + table_.networks.count_busy(now);
}

Admission::Pass& Admission::Pass::operator=(Pass&& other) noexcept {
  if (this == &other) return *this;
  leave();
  table_ = std::exchange(other.table_, nullptr);
  owner_ = other.owner_;
  index_ = other.index_;
  return *this;
}

void Admission::Pass::leave() {
  if (table_ == nullptr) return;
  const AdmissionTable::Access access(*table_, owner_);
  table_->leave(index_, owner_);
}

}  // namespace postern::policy
