// SPDX-License-Identifier: ISC
//
// policy/admission.cpp - how many connections a client may have, and how fast it may be.

#include "policy/admission.h"

#include <utility>

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

Admission::Pass::Pass(Tally* client, Tally& network)
    : client_(count(client)), network_(count(&network)) {}

Admission::Pass::Count Admission::Pass::count(Tally* tally) {
  if (tally != nullptr) ++tally->connections;
  return Count{tally};
}

Admission::Admission(const AdmissionLimits& limits, std::uint64_t seed)
    : limits_(limits),
      clients_(max_entries / 2, seed),
      networks_(max_entries / 2, seed),
      crowd_hash_(seed) {}

tl::expected<Admission::Pass, Refusal> Admission::enter(const IpAddress& address, Time now) {
  const std::uint32_t client_rate = limits_.client_connection_rate;
  const std::uint32_t network_rate = limits_.network_connection_rate;

  Tally* client = clients_.find(client_prefix(address));
  if (client != nullptr) {
    if (is_crowded(*client, limits_.client_connections)) {
      return tl::unexpected(Refusal::too_many_of_client);
    }
    if (!client->arrivals.has_token(client_rate, now)) {
      return tl::unexpected(Refusal::client_too_fast);
    }
  }
  Tally& network = network_of(address, now);
  if (is_crowded(network, limits_.network_connections)) {
    return tl::unexpected(Refusal::too_many_of_network);
  }
  if (!network.arrivals.has_token(network_rate, now)) {
    return tl::unexpected(Refusal::network_too_fast);
  }
  // Only now: a network that is refused must not fill the memory with clients.
  if (client == nullptr) client = clients_.add(client_prefix(address), now);

  if (client != nullptr) client->arrivals.take(client_rate, now);
  network.arrivals.take(network_rate, now);
  return Pass{client, network};
}

bool Admission::may_send(const Pass& pass, Time now) {
  Tally* sender = pass.client_ ? pass.client_.get() : pass.network_.get();
  if (sender == nullptr) return true;
  if (!sender->messages.has_token(limits_.client_message_rate, now)) return false;
  sender->messages.take(limits_.client_message_rate, now);
  return true;
}

Tally& Admission::network_of(const IpAddress& address, Time now) {
  const IpAddress prefix = network_prefix(address);
  if (Tally* known = networks_.find(prefix)) return *known;
  if (Tally* added = networks_.add(prefix, now)) return *added;
  return crowd_of(address);
}

Tally& Admission::crowd_of(const IpAddress& address) {
  return crowds_[crowd_hash_(crowd_prefix(address)) % crowds_.size()];
}

}  // namespace postern::policy
