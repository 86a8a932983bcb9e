// SPDX-License-Identifier: ISC
//
// policy/readiness_board.cpp - which listeners are to be open, from look to look.

#include "policy/readiness_board.h"

#include <algorithm>

namespace postern::policy {

namespace {

LinkState state_of(const LinkStates& links, const std::string& interface) {
  const auto found = links.find(interface);
  return found == links.end() ? LinkState{} : found->second;
}

// What is no longer in the configuration is forgotten.
template <typename Value>
void keep_only(std::map<std::string, Value>& map, const std::vector<std::string>& names) {
  std::erase_if(map, [&names](const auto& entry) {
    return std::find(names.begin(), names.end(), entry.first) == names.end();
  });
}

}  // namespace

std::vector<Readiness> ReadinessBoard::look(const conf::Config& config, const LinkStates& links,
                                            const Moment& now) {
  std::vector<std::string> interfaces;
  for (const conf::Link& link : config.links) {
    dampers_[link.interface].update(state_of(links, link.interface).is_up(), now.steady);
    interfaces.push_back(link.interface);
  }
  keep_only(dampers_, interfaces);
  std::vector<Readiness> all;
  std::vector<std::string> listeners;
  for (const conf::Listener& listener : config.listeners) {
    const auto link =
        std::find_if(config.links.begin(), config.links.end(),
                     [&listener](const conf::Link& known) { return known.name == listener.link; });
    std::optional<ObservedLink> observed;
    if (link != config.links.end()) {
      observed.emplace(ObservedLink{state_of(links, link->interface), dampers_[link->interface]});
    }
    ReadinessHistory& history = histories_[listener.name];
    all.push_back(
        readiness_of(listener, config, observed ? &*observed : nullptr, now, local_, history));
    history = follow(history, all.back(), now);
    listeners.push_back(listener.name);
  }
  keep_only(histories_, listeners);
  return all;
}

std::optional<std::chrono::seconds> look_again(const std::vector<Readiness>& all) {
  std::optional<std::chrono::seconds> least;
  for (const Readiness& one : all) {
    if (one.look_again) least = std::min(least.value_or(*one.look_again), *one.look_again);
  }
  return least;
}

}  // namespace postern::policy
