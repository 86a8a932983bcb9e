// SPDX-License-Identifier: ISC
//
// server/client_names.cpp - what the DNS calls clients.

#include "server/client_names.h"

#include <algorithm>
#include <utility>

#include "mail/domain.h"

namespace postern::server {

namespace {

// The names that a host may have, in small letters.
std::vector<std::string> host_names_in(const std::vector<std::string>& names) {
  std::vector<std::string> hosts;
  for (const std::string& name : names) {
    if (hosts.size() == ClientNames::max_candidates) break;
    if (auto host = mail::canonical_domain(name)) hosts.push_back(std::move(*host));
  }
  return hosts;
}

}  // namespace

std::optional<std::string> ClientNames::known(const IpAddress& address) {
  return cache_.find(address, policy::NameCache::Clock::now());
}

void ClientNames::look_up(const IpAddress& address, OnName on_name) {
  if (const auto under_way = look_ups_.find(address); under_way != look_ups_.end()) {
    under_way->second.waiting.push_back(std::move(on_name));
    return;
  }
  if (look_ups_.size() == max_look_ups) return;
  look_ups_[address].waiting.push_back(std::move(on_name));
  ask_({net::reverse_name(address), net::DnsType::ptr},
       [this, address](const net::DnsReply& reply) { take_names(address, reply); });
}

void ClientNames::take_names(const IpAddress& address, const net::DnsReply& reply) {
  if (reply.kind == net::DnsReply::Kind::nothing) return conclude(address, "", time_without_name);
  if (reply.kind != net::DnsReply::Kind::answer) return conclude(address, "", time_after_failure);
  LookUp& look_up = look_ups_[address];
  look_up.candidates = host_names_in(reply.names);
  std::reverse(look_up.candidates.begin(), look_up.candidates.end());
  look_up.time_to_live = reply.ttl;
  confirm_next(address);
}

void ClientNames::confirm_next(const IpAddress& address) {
  LookUp& look_up = look_ups_[address];
  if (look_up.candidates.empty()) {
    return conclude(address, "", look_up.has_failed ? time_after_failure : time_without_name);
  }
  std::string name = std::move(look_up.candidates.back());
  look_up.candidates.pop_back();
  const net::DnsType type = address.is_v4() ? net::DnsType::a : net::DnsType::aaaa;
  const net::DnsQuestion question{name, type};
  ask_(question, [this, address, name = std::move(name)](const net::DnsReply& reply) {
    take_addresses(address, name, reply);
  });
}

void ClientNames::take_addresses(const IpAddress& address, const std::string& name,
                                 const net::DnsReply& reply) {
  LookUp& look_up = look_ups_[address];
  const auto& addresses = reply.addresses;
  if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) {
    return conclude(address, name, std::min(look_up.time_to_live, reply.ttl));
  }
  look_up.has_failed |= reply.kind == net::DnsReply::Kind::failure;
  confirm_next(address);
}

void ClientNames::conclude(const IpAddress& address, const std::string& name,
                           std::chrono::seconds time_to_live) {
  const auto node = look_ups_.extract(address);
  cache_.add(address, name, time_to_live, policy::NameCache::Clock::now());
  for (const OnName& on_name : node.mapped().waiting) on_name(address, name);
}

}  // namespace postern::server
