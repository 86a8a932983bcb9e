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
#include "conf/open_log.h"
#include "daemon/listener_changes.h"
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

}  // namespace

void log_everything(conf::Config& config) {
  config.log.target = {log::Target::Kind::standard_error, ""};
  config.log.format = conf::LogFormat::keyvalue;
  config.log.level = log::Level::debug;
}

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

void Generation::let_go() const {
  for (const OpenListener& open : all_sockets()) open.socket->reset();
  users->forget();
  if (tls) tls->forget();
}

std::shared_ptr<const Generation> Generation::for_helpers() const {
  return std::make_shared<const Generation>(Generation{.config = config,
                                                       .tls = nullptr,
                                                       .users = users,
                                                       .tls_files = {},
                                                       .columns = {},
                                                       .listeners = {},
                                                       .control_sockets = {}});
}

tl::expected<Generation, Faults> check_configuration(const Options& options) {
  auto config = conf::load_file(options.config_path);
  Faults faults;
  if (!config) {
    for (const conf::Fault& fault : config.error()) faults.push_back(fault.message());
    return tl::unexpected(std::move(faults));
  }
  Generation generation;
  generation.config = std::move(*config);
  generation.users = std::make_shared<auth::Users>();
  if (options.debug) log_everything(generation.config);
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
                                                    const Surroundings& surroundings,
                                                    Outlook& outlook) {
  Faults faults;
  if (const auto ready = set_up_spool(checked.config); !ready) {
    faults.push_back(cat("spool.path: ", ready.error().message()));
  }
  outlook.look(checked.config, surroundings.interfaces, surroundings.open);
  checked.columns = outlook.columns();
  const Faults later = open_listeners(checked, surroundings, outlook, faults);
  checked.control_sockets = open_control_sockets(checked.config, surroundings.open, faults);
  // Last, since it cannot be undone.
  if (faults.empty()) {
    const auto opened = conf::open_log(checked.config.log);
    if (!opened) faults.push_back(cat("log.target: ", opened.error().message()));
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  for (const std::string& fault : later) {
    log::write(log::Level::error, "listener_failed", {{"error", fault}});
  }
  warn_of_short_descriptors(checked.config);
  warn_of_expiry(checked);
  warn_of_sockets(surroundings.passed, checked.config.listeners);
  if (checked.config.sandbox == conf::Sandbox::off) {
    log::write(log::Level::warning, "sandbox_off", {});
  }
  return std::make_shared<const Generation>(std::move(checked));
}

}  // namespace postern::daemon
