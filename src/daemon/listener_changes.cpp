// SPDX-License-Identifier: ISC
//
// daemon/listener_changes.cpp - listeners open and close, and the log says so.

#include "daemon/listener_changes.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace postern::daemon {

namespace {

bool has_listener(const Generation& generation, const std::string& name) {
  const auto& all = generation.config.listeners;
  return std::any_of(all.begin(), all.end(),
                     [&name](const conf::Listener& listener) { return listener.name == name; });
}

// Whether it is no reason to refuse a configuration: the listener comes and goes anyway, or its
// interface has gone this very moment.
bool depends(const conf::Listener& listener, const Error& error) {
  return !listener.keep_ready || (!listener.interface.empty() && error.sys_errno == ENODEV);
}

void log_closed(const std::string& listener, const std::string& place, std::string_view reason) {
  log::write(log::Level::info, "listener_closed",
             {{"listener", listener}, {"place", place}, {"reason", reason}});
}

}  // namespace

Faults open_listeners(Generation& generation, const Surroundings& surroundings, Outlook& outlook,
                      Faults& faults) {
  Faults later;
  generation.listeners.clear();
  for (std::size_t i = 0; i < generation.config.listeners.size(); ++i) {
    if (!outlook.readiness()[i].is_ready) continue;
    auto opened = open_listener(generation.config, i, surroundings.open, surroundings.passed);
    if (opened) {
      generation.listeners.insert(generation.listeners.end(), opened->begin(), opened->end());
      continue;
    }
    const std::string why = opened.error().message();
    outlook.set_failed(i, why);
    std::string fault = cat("listener ", generation.config.listeners[i].name, ": ", why);
    (depends(generation.config.listeners[i], opened.error()) ? later : faults)
        .push_back(std::move(fault));
  }
  return later;
}

bool is_as_wished(const Generation& generation, const Outlook& outlook) {
  for (std::size_t i = 0; i < outlook.readiness().size(); ++i) {
    const conf::Listener& listener = generation.config.listeners[i];
    const bool is_open = std::any_of(generation.listeners.begin(), generation.listeners.end(),
                                     [i](const OpenListener& open) { return open.index == i; });
    if (is_open != outlook.readiness()[i].is_ready) return false;
    if (is_open && !is_in_place(listener, generation.listeners)) return false;
  }
  return true;
}

GenerationPtr reopen_listeners(const Generation& generation, const Surroundings& surroundings,
                               Outlook& outlook, Faults& faults) {
  auto next = std::make_shared<Generation>(generation);
  const Faults later = open_listeners(*next, surroundings, outlook, faults);
  faults.insert(faults.end(), later.begin(), later.end());
  return next;
}

bool has_same_sockets(const Generation& one, const Generation& other) {
  return no_longer_in(one.listeners, other.listeners).empty() &&
         no_longer_in(other.listeners, one.listeners).empty();
}

std::string places_of(const OpenListeners& open, const std::string& listener) {
  std::string places;
  for (const OpenListener& one : open) {
    if (one.name == listener) places += cat(places.empty() ? "" : ", ", one.place);
  }
  return places;
}

void log_changes(const Generation* before, const OpenListeners& open_before, const Generation& now,
                 const Outlook& outlook) {
  const std::vector<conf::Listener>& listeners = now.config.listeners;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const std::string& name = listeners[i].name;
    const std::string was = places_of(open_before, name);
    const std::string is = places_of(now.listeners, name);
    const bool was_known = !was.empty() || (before != nullptr && has_listener(*before, name));
    if (was_known && was == is) continue;
    const std::string& why = outlook.readiness()[i].why;
    if (is.empty()) {
      log_closed(name, was.empty() ? configured_place(listeners[i]) : was, why);
    } else {
      log::write(log::Level::info, "listener_open",
                 {{"listener", name}, {"place", is}, {"reason", why}});
    }
  }
  if (before == nullptr) return;
  for (const conf::Listener& listener : before->config.listeners) {
    const std::string was = places_of(open_before, listener.name);
    if (was.empty() || has_listener(now, listener.name)) continue;
    log_closed(listener.name, was, "no longer configured");
  }
}

}  // namespace postern::daemon
