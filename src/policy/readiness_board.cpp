// SPDX-License-Identifier: ISC
//
// policy/readiness_board.cpp - which listeners are to be open, from look to look.

#include "policy/readiness_board.h"

#include <algorithm>

#include "base/text.h"
#include "conf/units.h"

namespace postern::policy {

namespace {

LinkState state_of(const Interfaces& interfaces, const std::string& name) {
  const auto found = interfaces.find(name);
  if (found == interfaces.end()) return {};
  return {true, found->second.is_running, !found->second.addresses.empty()};
}

// Whether someone can reach address: of those that are not an interface's only these are known.
bool is_there(const std::string& address, const Interfaces& interfaces) {
  const auto ip = IpAddress::parse(address);
  if (!ip || ip->is_any() || ip->is_loopback() || ip->is_link_local()) return true;
  return std::any_of(interfaces.begin(), interfaces.end(), [&ip](const auto& each) {
    const auto& addresses = each.second.addresses;
    return std::find(addresses.begin(), addresses.end(), *ip) != addresses.end();
  });
}

// What is no longer in the configuration is forgotten.
template <typename Value>
void keep_only(std::map<std::string, Value>& map, const std::vector<std::string>& names) {
  std::erase_if(map, [&names](const auto& entry) {
    return std::find(names.begin(), names.end(), entry.first) == names.end();
  });
}

}  // namespace

std::vector<Readiness> ReadinessBoard::look(const conf::Config& config,
                                            const Interfaces& interfaces, const Names& open,
                                            const Moment& now) {
  see_interfaces(config, interfaces, now);
  std::vector<Readiness> all;
  std::vector<std::string> listeners;
  for (const conf::Listener& listener : config.listeners) {
    all.push_back(look_at(listener, config, interfaces, open.contains(listener.name), now));
    listeners.push_back(listener.name);
  }
  keep_only(histories_, listeners);
  return all;
}

void ReadinessBoard::see_interfaces(const conf::Config& config, const Interfaces& interfaces,
                                    const Moment& now) {
  std::vector<std::string> links;
  for (const conf::Link& link : config.links) {
    dampers_[link.interface].update(state_of(interfaces, link.interface).is_up(), now.steady);
    links.push_back(link.interface);
  }
  keep_only(dampers_, links);
  std::vector<std::string> places;
  for (const conf::Listener& listener : config.listeners) {
    if (listener.interface.empty()) continue;
    const auto found = interfaces.find(listener.interface);
    const unsigned index = found == interfaces.end() ? 0 : found->second.index;
    Presence& presence = presences_[listener.interface];
    // One that was away between two looks has another index.
    if (index != presence.index) presence.damper.update(false, now.steady);
    presence.index = index;
    presence.damper.update(index != 0, now.steady);
    places.push_back(listener.interface);
  }
  keep_only(presences_, places);
}

Readiness ReadinessBoard::look_at(const conf::Listener& listener, const conf::Config& config,
                                  const Interfaces& interfaces, bool is_open, const Moment& now) {
  const auto link =
      std::find_if(config.links.begin(), config.links.end(),
                   [&listener](const conf::Link& known) { return known.name == listener.link; });
  std::optional<ObservedLink> observed;
  if (link != config.links.end()) {
    observed.emplace(
        ObservedLink{state_of(interfaces, link->interface), dampers_[link->interface]});
  }
  ReadinessHistory& history = histories_[listener.name];
  Readiness readiness = readiness_of(listener, config, observed ? &*observed : nullptr, now, local_,
                                     is_open, history);
  if (readiness.is_ready && !listener.interface.empty()) {
    if (auto refused = refuse_by_interface(listener.interface, now)) readiness = *refused;
  }
  if (readiness.is_ready && !is_there(listener.address, interfaces)) {
    readiness.why += cat("; no interface has ", listener.address);
  }
  history = follow(history, readiness, is_open, now);
  return readiness;
}

std::optional<Readiness> ReadinessBoard::refuse_by_interface(const std::string& name,
                                                             const Moment& now) const {
  const Presence& presence = presences_.at(name);
  if (presence.index == 0) {
    return Readiness{.reason = ReadinessReason::no_interface,
                     .why = cat("there is no interface ", name)};
  }
  const auto settles_at = presence.damper.settles_at(now.steady);
  if (!settles_at) return std::nullopt;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(*settles_at - now.steady);
  return Readiness{
      .reason = ReadinessReason::link_unsteady,
      .why = cat("interface ", name, " comes and goes; opens in ", conf::print_time(wait)),
      .look_again = wait};
}

std::optional<std::chrono::seconds> look_again(const std::vector<Readiness>& all) {
  std::optional<std::chrono::seconds> least;
  for (const Readiness& one : all) {
    if (one.look_again) least = std::min(least.value_or(*one.look_again), *one.look_again);
  }
  return least;
}

}  // namespace postern::policy
