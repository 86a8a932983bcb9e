// SPDX-License-Identifier: ISC
//
// daemon/generation.cpp - one checked configuration with everything it implies.

#include "daemon/generation.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/text.h"
#include "conf/loader.h"
#include "daemon/open_log.h"
#include "daemon/spool_setup.h"
#include "sandbox/privileges.h"
#include "server/scoreboard.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::hours expiry_notice{14 * 24};

// setting is where the operator finds what is wrong.
void append_faults(Faults& faults, std::string_view setting, const std::vector<Error>& errors) {
  for (const Error& error : errors) faults.push_back(cat(setting, ": ", error.message()));
}

std::vector<net::KeyPair> key_pairs(const conf::Config::Tls& settings) {
  std::vector<net::KeyPair> pairs{{settings.certificate, settings.key}};
  for (const conf::Certificate& more : settings.certificates) {
    pairs.push_back({more.certificate, more.key});
  }
  return pairs;
}

std::vector<std::string> tls_files(const conf::Config::Tls& settings) {
  std::vector<std::string> files;
  if (settings.certificate.empty()) return files;
  for (const net::KeyPair& pair : key_pairs(settings)) {
    files.push_back(pair.certificate_path);
    files.push_back(pair.key_path);
  }
  return files;
}

void load_tls(Generation& generation, Faults& faults) {
  const conf::Config::Tls& settings = generation.config.tls;
  if (settings.certificate.empty()) return;
  const auto minimum =
      settings.min_version == "1.3" ? net::TlsVersion::v1_3 : net::TlsVersion::v1_2;
  auto context = net::TlsContext::load(key_pairs(settings), minimum);
  if (context) {
    generation.tls = std::make_shared<net::TlsContext>(std::move(*context));
  } else {
    append_faults(faults, "tls", context.error());
  }
}

void load_users(Generation& generation, Faults& faults) {
  const std::string& path = generation.config.auth.users;
  if (path.empty()) return;
  auto users = auth::Users::load(path);
  if (users) {
    *generation.users = std::move(*users);
  } else {
    append_faults(faults, "auth.users", users.error());
  }
}

// Those listeners that are to be open.  One that cannot be is told in faults, and is not ready.
void open_listeners(Generation& generation, const OpenListeners& open_already,
                    const PassedSockets& passed, Faults& faults) {
  generation.listeners.clear();
  for (std::size_t i = 0; i < generation.config.listeners.size(); ++i) {
    policy::Readiness& readiness = generation.readiness[i];
    if (!readiness.is_ready) continue;
    auto opened = open_listener(generation.config, i, generation.columns[i], open_already, passed);
    if (opened) {
      generation.listeners.insert(generation.listeners.end(), opened->begin(), opened->end());
      continue;
    }
    readiness.is_ready = false;
    readiness.why = opened.error().message();
    faults.push_back(cat("listener ", generation.config.listeners[i].name, ": ", readiness.why));
  }
}

void log_closed(const std::string& listener, const std::string& place, std::string_view reason) {
  log::write(log::Level::info, "listener_closed",
             {{"listener", listener}, {"place", place}, {"reason", reason}});
}

bool has_listener(const Generation& generation, const std::string& name) {
  const auto& all = generation.config.listeners;
  return std::any_of(all.begin(), all.end(),
                     [&name](const conf::Listener& listener) { return listener.name == name; });
}

std::vector<std::string> listener_names(const conf::Config& config) {
  std::vector<std::string> names;
  for (const conf::Listener& listener : config.listeners) names.push_back(listener.name);
  return names;
}

void check_owners(const conf::Config& config, Faults& faults) {
  for (const conf::Listener& listener : config.listeners) {
    if (listener.owner.empty()) continue;
    const auto found = sandbox::find_owner(listener.owner);
    if (!found) append_faults(faults, cat("listener ", listener.name, ": owner"), {found.error()});
  }
}

void check_groups(const conf::Config& config, Faults& faults) {
  const auto check = [&faults](std::string_view setting, const std::string& group) {
    const auto found = sandbox::find_group(group);
    if (!group.empty() && !found) append_faults(faults, setting, {found.error()});
  };
  check("control.group", config.control.group);
  for (const conf::Listener& listener : config.listeners) {
    check(cat("listener ", listener.name, ": group"), listener.group);
  }
}

// A connection and the message it sends are two descriptors.  Short of them clients still get an
// answer, but 421 or 451 where the channels promise more.
void warn_of_short_descriptors(const conf::Config& config) {
  std::uint64_t wanted = 64;
  for (const conf::Listener& listener : config.listeners) wanted += listener.channels * 2ULL;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  log::write(log::Level::warning, "descriptors_short",
             {{"limit", limit.rlim_cur}, {"wanted", wanted}});
}

// -d overrides what the file says.
void apply_debug(conf::Config& config) {
  config.log.target = {log::Target::Kind::standard_error, ""};
  config.log.format = conf::LogFormat::keyvalue;
  config.log.level = log::Level::debug;
}

}  // namespace

void warn_of_expiry(const Generation& generation) {
  if (!generation.tls) return;
  const auto left = generation.tls->expires() - std::chrono::system_clock::now();
  if (left > expiry_notice) return;
  log::write(log::Level::warning, "tls_expires",
             {{"hours", std::chrono::duration_cast<std::chrono::hours>(left).count()}});
}

OpenListeners Generation::all_sockets() const {
  OpenListeners all = listeners;
  all.insert(all.end(), control_sockets.begin(), control_sockets.end());
  return all;
}

std::shared_ptr<const Generation> Generation::for_helpers() const {
  return std::make_shared<const Generation>(Generation{config, nullptr, users, {}, {}, {}, {}, {}});
}

tl::expected<Generation, Faults> check_configuration(const Options& options) {
  auto config = conf::load_file(options.config_path);
  Faults faults;
  if (!config) {
    for (const conf::Fault& fault : config.error()) faults.push_back(fault.message());
    return tl::unexpected(std::move(faults));
  }
  Generation generation{
      std::move(*config), nullptr, std::make_shared<auth::Users>(), {}, {}, {}, {}, {}};
  if (options.debug) apply_debug(generation.config);
  // First, so that a file which changes while it is read is seen to have changed.
  if (generation.config.tls.watch)
    generation.tls_files = FileWatch{tls_files(generation.config.tls)};
  load_tls(generation, faults);
  load_users(generation, faults);
  if (const auto user = sandbox::find_user(generation.config.user); !user) {
    faults.push_back(user.error().message());
  }
  check_owners(generation.config, faults);
  check_groups(generation.config, faults);
  if (generation.config.listeners.size() > server::Scoreboard::max_listeners / 2) {
    faults.push_back(cat("more than ", server::Scoreboard::max_listeners / 2, " listeners"));
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return generation;
}

tl::expected<GenerationPtr, Faults> open_generation(Generation checked,
                                                    const OpenListeners& open_already,
                                                    Listening& listening) {
  Faults faults;
  if (const auto ready = set_up_spool(checked.config); !ready) {
    faults.push_back(cat("spool.path: ", ready.error().message()));
  }
  checked.readiness = listening.readiness.look(checked.config);
  checked.columns = listening.columns.assign(listener_names(checked.config));
  open_listeners(checked, open_already, listening.passed, faults);
  checked.control_sockets = open_control_sockets(checked.config, open_already, faults);
  // Last, since it cannot be undone.
  if (faults.empty()) {
    const auto opened = open_log(checked.config.log);
    if (!opened) faults.push_back(cat("log.target: ", opened.error().message()));
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  warn_of_short_descriptors(checked.config);
  warn_of_expiry(checked);
  warn_of_sockets(listening.passed, checked.config.listeners);
  if (checked.config.sandbox == conf::Sandbox::off) {
    log::write(log::Level::warning, "sandbox_off", {});
  }
  return std::make_shared<const Generation>(std::move(checked));
}

bool is_as_wished(const Generation& generation, const std::vector<policy::Readiness>& wished) {
  for (std::size_t i = 0; i < wished.size(); ++i) {
    const conf::Listener& listener = generation.config.listeners[i];
    const bool is_open = std::any_of(generation.listeners.begin(), generation.listeners.end(),
                                     [i](const OpenListener& open) { return open.index == i; });
    if (is_open != wished[i].is_ready) return false;
    if (is_open && !is_in_place(listener, generation.listeners)) return false;
  }
  return true;
}

GenerationPtr reopen_listeners(const Generation& generation, std::vector<policy::Readiness> wished,
                               const OpenListeners& open_already, const PassedSockets& passed,
                               Faults& faults) {
  auto next = std::make_shared<Generation>(generation);
  next->readiness = std::move(wished);
  open_listeners(*next, open_already, passed, faults);
  return next;
}

std::string places_of(const Generation& generation, const std::string& listener) {
  std::string places;
  for (const OpenListener& open : generation.listeners) {
    if (open.name == listener) places += cat(places.empty() ? "" : ", ", open.place);
  }
  return places;
}

void log_changes(const Generation* before, const Generation& now) {
  const std::vector<conf::Listener>& listeners = now.config.listeners;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const std::string& name = listeners[i].name;
    const std::string was = before == nullptr ? "" : places_of(*before, name);
    const std::string is = places_of(now, name);
    const bool is_new = before == nullptr || !has_listener(*before, name);
    if (!is_new && was == is) continue;
    const std::string& why = now.readiness[i].why;
    if (is.empty()) {
      log_closed(name, was.empty() ? configured_place(listeners[i]) : was, why);
    } else {
      log::write(log::Level::info, "listener_open",
                 {{"listener", name}, {"place", is}, {"reason", why}});
    }
  }
  if (before == nullptr) return;
  for (const conf::Listener& listener : before->config.listeners) {
    const std::string was = places_of(*before, listener.name);
    if (was.empty() || has_listener(now, listener.name)) continue;
    log_closed(listener.name, was, "no longer configured");
  }
}

}  // namespace postern::daemon
