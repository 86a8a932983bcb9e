// SPDX-License-Identifier: ISC
//
// daemon/generation.cpp - one checked configuration with everything it implies.

#include "daemon/generation.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "base/text.h"
#include "conf/loader.h"
#include "daemon/open_log.h"
#include "daemon/spool_setup.h"
#include "net/listening_socket.h"
#include "sandbox/privileges.h"
#include "server/scoreboard.h"

namespace postern::daemon {

namespace {

constexpr std::chrono::hours expiry_notice{14 * 24};

constexpr std::size_t no_column = server::Scoreboard::max_listeners;

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

// Groups that there are not have been reported.
net::SocketAccess access_of(const std::string& mode, const std::string& group) {
  net::SocketAccess access;
  access.mode = static_cast<unsigned>(std::stoul(mode, nullptr, 8));
  if (const auto found = sandbox::find_group(group)) access.group = *found;
  return access;
}

std::string place_of(const conf::Listener& listener) {
  return listener.path.empty() ? cat(listener.address, " ", listener.port) : listener.path;
}

// One socket of a listener; the place is what a later generation finds it by.
struct Socket {
  std::string place;
  std::shared_ptr<UniqueFd> fd;
};

Result<Socket> find_or_open_socket(const OpenListeners& open_already,
                                   const conf::Listener& listener) {
  const std::string place = place_of(listener);
  for (const OpenListener& open : open_already) {
    if (open.place == place) return Socket{place, open.socket};
  }
  auto fd = listener.path.empty()
                ? net::listen_tcp(listener.address, listener.port)
                : net::listen_unix(listener.path, access_of(listener.mode, listener.group));
  if (!fd) return tl::unexpected(fd.error());
  return Socket{place, std::make_shared<UniqueFd>(std::move(*fd))};
}

// What the service manager has passed is found by the listener's name alone.
Result<std::vector<Socket>> sockets_of(const conf::Listener& listener,
                                       const OpenListeners& open_already,
                                       const PassedSockets& passed) {
  auto own = sockets_for(listener, passed);
  if (!own) return tl::unexpected(own.error());
  std::vector<Socket> sockets;
  for (PassedSocket& socket : *own) {
    const std::string place = cat("passed ", describe_place(socket.socket->get()));
    sockets.push_back({place, std::move(socket.socket)});
  }
  if (!sockets.empty()) return sockets;
  auto opened = find_or_open_socket(open_already, listener);
  if (!opened) return tl::unexpected(opened.error());
  return std::vector<Socket>{std::move(*opened)};
}

// A listener keeps its column as long as its name lives on, so that channels which are in use
// when the configuration is reloaded still count.
std::size_t choose_column(const OpenListeners& before, const OpenListeners& now,
                          const std::string& name) {
  for (const OpenListener& open : before) {
    if (open.name == name) return open.column;
  }
  const auto is_taken = [](const OpenListeners& by, std::size_t column) {
    return std::any_of(by.begin(), by.end(),
                       [column](const OpenListener& open) { return open.column == column; });
  };
  std::size_t column = 0;
  while (is_taken(before, column) || is_taken(now, column)) ++column;
  return column;
}

void open_listeners(Generation& generation, const OpenListeners& open_already,
                    const PassedSockets& passed, Faults& faults) {
  for (std::size_t i = 0; i < generation.config.listeners.size(); ++i) {
    const conf::Listener& listener = generation.config.listeners[i];
    if (listener.channels == 0) continue;
    auto sockets = sockets_of(listener, open_already, passed);
    if (!sockets) {
      faults.push_back(cat("listener ", listener.name, ": ", sockets.error().message()));
      continue;
    }
    const std::size_t column = choose_column(open_already, generation.listeners, listener.name);
    for (Socket& socket : *sockets) {
      generation.listeners.push_back(
          {i, listener.name, std::move(socket.place), column, std::move(socket.fd)});
    }
  }
}

void open_control_socket(Generation& generation, const char* name, const std::string& place,
                         const OpenListeners& open_already, Faults& faults,
                         const std::function<Result<UniqueFd>()>& open) {
  const auto known = std::find_if(open_already.begin(), open_already.end(),
                                  [&](const OpenListener& old) { return old.place == place; });
  if (known != open_already.end()) {
    generation.control_sockets.push_back({0, name, place, no_column, known->socket});
    return;
  }
  auto fd = open();
  if (!fd) {
    faults.push_back(cat(std::string_view(name).substr(1), ": ", fd.error().message()));
    return;
  }
  generation.control_sockets.push_back(
      {0, name, place, no_column, std::make_shared<UniqueFd>(std::move(*fd))});
}

void open_control_sockets(Generation& generation, const OpenListeners& open_already,
                          Faults& faults) {
  const conf::Config::Control& control = generation.config.control;
  if (!control.path.empty()) {
    open_control_socket(generation, control_socket_name, control.path, open_already, faults, [&] {
      return net::listen_unix(control.path, access_of(control.mode, control.group));
    });
  }
  const conf::Config::Metrics& metrics = generation.config.metrics;
  if (!metrics.path.empty()) {
    open_control_socket(generation, metrics_socket_name, metrics.path, open_already, faults,
                        [&] { return net::listen_unix(metrics.path); });
  }
  if (metrics.port != 0) {
    open_control_socket(generation, metrics_socket_name, cat(metrics.address, " ", metrics.port),
                        open_already, faults,
                        [&] { return net::listen_tcp(metrics.address, metrics.port); });
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

OpenListeners no_longer_in(const OpenListeners& before, const OpenListeners& now) {
  OpenListeners gone = before;
  std::erase_if(gone, [&](const OpenListener& old) {
    return std::any_of(now.begin(), now.end(),
                       [&](const OpenListener& open) { return open.place == old.place; });
  });
  return gone;
}

void remove_socket_files(const OpenListeners& sockets) {
  for (const OpenListener& open : sockets) {
    struct stat status {};
    const bool is_path = open.place.starts_with('/');  // "passed ..." is not
    if (!is_path || ::lstat(open.place.c_str(), &status) != 0) continue;
    if (S_ISSOCK(status.st_mode)) ::unlink(open.place.c_str());
  }
}

OpenListeners Generation::all_sockets() const {
  OpenListeners all = listeners;
  all.insert(all.end(), control_sockets.begin(), control_sockets.end());
  return all;
}

std::shared_ptr<const Generation> Generation::for_helpers() const {
  return std::make_shared<const Generation>(Generation{config, nullptr, users, {}, {}, {}});
}

tl::expected<Generation, Faults> check_configuration(const Options& options) {
  auto config = conf::load_file(options.config_path);
  Faults faults;
  if (!config) {
    for (const conf::Fault& fault : config.error()) faults.push_back(fault.message());
    return tl::unexpected(std::move(faults));
  }
  Generation generation{std::move(*config), nullptr, std::make_shared<auth::Users>(), {}, {}, {}};
  if (options.debug) apply_debug(generation.config);
  // First, so that a file which changes while it is read is seen to have changed.
  if (generation.config.tls.watch)
    generation.tls_files = FileWatch{tls_files(generation.config.tls)};
  load_tls(generation, faults);
  load_users(generation, faults);
  if (const auto user = sandbox::find_user(generation.config.user); !user) {
    faults.push_back(user.error().message());
  }
  check_groups(generation.config, faults);
  if (generation.config.listeners.size() > server::Scoreboard::max_listeners / 2) {
    faults.push_back(cat("more than ", server::Scoreboard::max_listeners / 2, " listeners"));
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return generation;
}

tl::expected<GenerationPtr, Faults> open_generation(Generation checked,
                                                    const OpenListeners& open_already,
                                                    const PassedSockets& passed) {
  Faults faults;
  if (const auto ready = set_up_spool(checked.config); !ready) {
    faults.push_back(cat("spool.path: ", ready.error().message()));
  }
  open_listeners(checked, open_already, passed, faults);
  open_control_sockets(checked, open_already, faults);
  // Last, since it cannot be undone.
  if (faults.empty()) {
    const auto opened = open_log(checked.config.log);
    if (!opened) faults.push_back(cat("log.target: ", opened.error().message()));
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  warn_of_short_descriptors(checked.config);
  warn_of_expiry(checked);
  warn_of_sockets(passed, checked.config.listeners);
  if (checked.config.sandbox == conf::Sandbox::off) {
    log::write(log::Level::warning, "sandbox_off", {});
  }
  return std::make_shared<const Generation>(std::move(checked));
}

}  // namespace postern::daemon
