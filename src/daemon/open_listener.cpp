// SPDX-License-Identifier: ISC
//
// daemon/open_listener.cpp - the sockets that are open.

#include "daemon/open_listener.h"

#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "net/listening_socket.h"
#include "sandbox/privileges.h"

namespace postern::daemon {

namespace {

constexpr std::string_view passed_prefix = "passed ";

using SharedFd = std::shared_ptr<UniqueFd>;

// Users and groups that there are not have been reported.
net::SocketAccess access_of(const std::string& mode, const std::string& owner,
                            const std::string& group) {
  net::SocketAccess access;
  access.mode = static_cast<unsigned>(std::stoul(mode, nullptr, 8));
  if (const auto found = sandbox::find_owner(owner)) access.owner = *found;
  if (const auto found = sandbox::find_group(group)) access.group = *found;
  return access;
}

// The interface may have gone and come back under its name; its socket has not.
std::string place_now(const conf::Listener& listener) {
  const std::string place = configured_place(listener);
  if (listener.interface.empty()) return place;
  return cat(place, " (", ::if_nametoindex(listener.interface.c_str()), ")");
}

Result<UniqueFd> open_socket(const conf::Config& config, const conf::Listener& listener) {
  if (listener.path.empty()) {
    return net::listen_tcp(listener.address, listener.port, listener.interface);
  }
  auto access = access_of(listener.mode, listener.owner, listener.group);
  // The gateway connects as the user that it and the workers run as.
  if (listener.auth == conf::ListenerAuth::appletalk && listener.owner.empty()) {
    if (const auto user = sandbox::find_user(config.user)) access.owner = user->uid;
  }
  return net::listen_unix(listener.path, access);
}

// Finds the socket of that place, or opens one.
Result<SharedFd> find_or_open(const OpenListeners& open_already, const std::string& place,
                              const std::function<Result<UniqueFd>()>& open) {
  const auto known = std::find_if(open_already.begin(), open_already.end(),
                                  [&](const OpenListener& old) { return old.place == place; });
  if (known != open_already.end()) return known->socket;
  auto fd = open();
  if (!fd) return tl::unexpected(fd.error());
  return std::make_shared<UniqueFd>(std::move(*fd));
}

}  // namespace

std::string configured_place(const conf::Listener& listener) {
  if (!listener.path.empty()) return listener.path;
  const std::string on = listener.interface.empty() ? "" : cat(" on ", listener.interface);
  return cat(listener.address, " ", listener.port, on);
}

bool is_in_place(const conf::Listener& listener, const OpenListeners& open) {
  const std::string place = place_now(listener);
  return std::any_of(open.begin(), open.end(), [&](const OpenListener& one) {
    return one.name == listener.name &&
           (one.place == place || one.place.starts_with(passed_prefix));
  });
}

Result<OpenListeners> open_listener(const conf::Config& config, std::size_t index,
                                    const OpenListeners& open_already,
                                    const PassedSockets& passed) {
  const conf::Listener& listener = config.listeners[index];
  OpenListeners sockets;
  // What the service manager has passed is found by the listener's name alone.
  auto own = sockets_for(listener, passed);
  if (!own) return tl::unexpected(own.error());
  for (PassedSocket& socket : *own) {
    const std::string place = cat(passed_prefix, describe_place(socket.socket->get()));
    sockets.push_back({index, listener.name, place, std::move(socket.socket)});
  }
  if (!sockets.empty()) return sockets;
  const std::string place = place_now(listener);
  auto fd = find_or_open(open_already, place, [&] { return open_socket(config, listener); });
  if (!fd) return tl::unexpected(fd.error());
  return OpenListeners{{index, listener.name, place, std::move(*fd)}};
}

OpenListeners open_control_sockets(const conf::Config& config, const OpenListeners& open_already,
                                   std::vector<std::string>& faults) {
  OpenListeners sockets;
  const auto add = [&](const char* name, const std::string& place,
                       const std::function<Result<UniqueFd>()>& open) {
    auto fd = find_or_open(open_already, place, open);
    if (fd) {
      sockets.push_back({0, name, place, std::move(*fd)});
    } else {
      faults.push_back(cat(std::string_view(name).substr(1), ": ", fd.error().message()));
    }
  };
  const conf::Config::Control& control = config.control;
  if (!control.path.empty()) {
    add(control_socket_name, control.path, [&control] {
      return net::listen_unix(control.path, access_of(control.mode, "", control.group));
    });
  }
  const conf::Config::Metrics& metrics = config.metrics;
  if (!metrics.path.empty()) {
    add(metrics_socket_name, metrics.path, [&metrics] { return net::listen_unix(metrics.path); });
  }
  if (metrics.port != 0) {
    add(metrics_socket_name, cat(metrics.address, " ", metrics.port),
        [&metrics] { return net::listen_tcp(metrics.address, metrics.port); });
  }
  return sockets;
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

}  // namespace postern::daemon
