// SPDX-License-Identifier: ISC
//
// policy/link_warnings.cpp - settings that would bring up a link, or have no effect on any.

#include "policy/link_warnings.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace postern::policy {

namespace {

bool is_dear(const conf::Link& link) {
  return link.on_demand || link.metered;
}

std::string_view nature_of(const conf::Link& link) {
  if (link.on_demand && link.metered) return "is on demand and metered";
  return link.on_demand ? "is on demand" : "is metered";
}

// "link "uplink", which is metered".
std::string describe(const conf::Link& link) {
  return cat("link \"", link.name, "\", which ", nature_of(link));
}

bool is_everywhere(const std::string& address) {
  const auto ip = IpAddress::parse(address);
  return address == "*" || (ip && ip->is_any());
}

bool has_address(const conf::Link& link, const std::string& address, const Interfaces& interfaces) {
  const auto ip = IpAddress::parse(address);
  const auto interface = interfaces.find(link.interface);
  if (!ip || interface == interfaces.end()) return false;
  const auto& all = interface->second.addresses;
  return std::find(all.begin(), all.end(), *ip) != all.end();
}

// What is open at address, and is not told of a link, is open on this one.
bool reaches(const conf::Link& link, const std::string& address, const Interfaces& interfaces) {
  return is_everywhere(address) || has_address(link, address, interfaces);
}

// Empty if there is nothing to say.
std::string warn_of_listener(const conf::Listener& listener, const std::string& place,
                             const conf::Link& link, const Interfaces& interfaces) {
  if (listener.channels == 0 || listener.address.empty()) return {};
  if (listener.link == link.name) {
    if (!listener.keep_ready) return {};
    return cat(
        place, ".keep_ready: true keeps it open on ", describe(link),
        ": whoever waits for it there may bring the link up, or keep it up; set it to false");
  }
  const bool is_elsewhere = !listener.interface.empty() && listener.interface != link.interface;
  if (is_elsewhere || !reaches(link, listener.address, interfaces)) return {};
  return cat(
      place, ".address: \"", listener.address, "\" is open on ", describe(link), ", too: ",
      is_everywhere(listener.address) ? "name the address of the network that it is for, or " : "",
      "set link = \"", link.name, "\" and keep_ready = false");
}

// Where the name servers are, and whom they ask, is not ours to know.
std::string warn_of_look_ups(const conf::Listener& listener, const std::string& place,
                             const conf::Link& link) {
  if (listener.channels == 0 || listener.dns != conf::ListenerDns::always) return {};
  return cat(place,
             ".dns: \"always\" asks name servers who each client is, and these may be, or ask, "
             "behind ",
             describe(link), "; set it to \"never\"");
}

}  // namespace

std::vector<std::string> link_warnings(const conf::Config& config, const Interfaces& interfaces) {
  std::vector<std::string> warnings;
  for (const conf::Link& link : config.links) {
    if (!is_dear(link)) continue;
    for (std::size_t i = 0; i < config.listeners.size(); ++i) {
      const conf::Listener& listener = config.listeners[i];
      const std::string place = cat("listeners[", i, "]");
      for (const std::string& warning : {warn_of_listener(listener, place, link, interfaces),
                                         warn_of_look_ups(listener, place, link)}) {
        if (!warning.empty()) warnings.push_back(warning);
      }
    }
    const conf::Config::Metrics& metrics = config.metrics;
    if (metrics.port != 0 && reaches(link, metrics.address, interfaces)) {
      warnings.push_back(cat("metrics.address: \"", metrics.address, "\" is open on ",
                             describe(link),
                             ", too: each visit of Prometheus is traffic there; "
                             "name another address"));
    }
  }
  const std::string& appletalk = config.appletalk.interface;
  if (!appletalk.empty() && !interfaces.contains(appletalk)) {
    warnings.push_back(cat("appletalk.interface: there is no ", appletalk,
                           " now; nobody on AppleTalk is served until there is"));
  }
  const auto is_on_demand = [](const conf::Listener& listener) { return !listener.keep_ready; };
  const auto& listeners = config.listeners;
  if (!config.schedule.empty() && std::none_of(listeners.begin(), listeners.end(), is_on_demand)) {
    warnings.emplace_back("schedule: closes nothing, since no listener has keep_ready = false");
  }
  return warnings;
}

}  // namespace postern::policy
