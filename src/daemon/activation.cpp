// SPDX-License-Identifier: ISC
//
// daemon/activation.cpp - listening sockets that a service manager has opened for us.

#include "daemon/activation.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/ip_address.h"
#include "base/log.h"
#include "base/text.h"

namespace postern::daemon {

namespace {

constexpr int first_passed = 3;
constexpr int most_passed = 256;

constexpr const char* unnamed = "unknown";  // as sd_listen_fds_with_names(3) has it

// Where a socket is bound.
struct Place {
  std::optional<IpAddress> ip;  // nothing: a path
  std::uint16_t port = 0;
  std::string path;  // "@" in front: an abstract name
};

union SocketAddress {
  sockaddr generic;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
};

std::string path_of(const sockaddr_un& address, socklen_t size) {
  const std::size_t length = size - offsetof(sockaddr_un, sun_path);
  std::string path(address.sun_path, std::min(length, sizeof address.sun_path));
  if (!path.empty() && path[0] == '\0') {
    path[0] = '@';
    return path;
  }
  return path.substr(0, path.find('\0'));
}

Place place_of(int fd) {
  SocketAddress address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, &address.generic, &size);
  IpAddress::Octets octets{};
  switch (address.generic.sa_family) {
    case AF_INET: {
      octets[10] = octets[11] = 0xff;
      const auto* from = reinterpret_cast<const std::uint8_t*>(&address.v4.sin_addr);
      std::copy_n(from, 4, octets.begin() + 12);
      return {IpAddress{octets}, ntohs(address.v4.sin_port), ""};
    }
    case AF_INET6:
      std::copy_n(address.v6.sin6_addr.s6_addr, octets.size(), octets.begin());
      return {IpAddress{octets}, ntohs(address.v6.sin6_port), ""};
    default: return {std::nullopt, 0, path_of(address.local, size)};
  }
}

int option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

bool is_listening_stream(int fd) {
  const int family = option(fd, SO_DOMAIN);
  return (family == AF_INET || family == AF_INET6 || family == AF_UNIX) &&
         option(fd, SO_TYPE) == SOCK_STREAM && option(fd, SO_ACCEPTCONN) == 1;
}

// Names between colons; fewer than sockets if there are no names.
std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    names.emplace_back(text.substr(0, colon));
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return names;
}

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::string configured_place(const conf::Listener& listener) {
  return listener.path.empty() ? cat(listener.address, " port ", listener.port) : listener.path;
}

bool is_as_configured(const Place& place, const conf::Listener& listener) {
  if (!place.ip) return place.path == listener.path;
  if (place.port != listener.port) return false;
  return listener.address == "*" ? place.ip->is_any()
                                 : place.ip == IpAddress::parse(listener.address);
}

// The interface that a socket is bound to; empty: none.
std::string device_of(int socket) {
  std::array<char, IFNAMSIZ> name{};
  auto size = static_cast<socklen_t>(name.size());
  const int result = ::getsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, name.data(), &size);
  return result == 0 ? std::string(name.data()) : "";
}

Result<void> check_suits(const PassedSocket& passed, const conf::Listener& listener) {
  const Place place = place_of(passed.socket->get());
  const auto refuse = [&](std::string_view why) {
    return fail(Errc::permanent, cat("the socket that was passed for it, ",
                                     describe_place(passed.socket->get()), ", ", why));
  };
  if (place.ip && listener.address.empty()) return refuse("has an address, not a path");
  if (!place.ip && listener.path.empty()) return refuse("has a path, not an address");
  if (place.ip && listener.auth_without_tls && !place.ip->is_loopback()) {
    return refuse("is not on a loopback address, as auth_without_tls asks for");
  }
  if (!listener.keep_ready) {
    return refuse("stays open: keep_ready must be true, or the server open its own");
  }
  if (!listener.interface.empty() && device_of(passed.socket->get()) != listener.interface) {
    return refuse(cat("is not bound to ", listener.interface,
                      " (BindToDevice of its unit), or to one of this name that is gone; restart "
                      "the unit"));
  }
  return {};
}

// Where a socket under another name is, no other can be opened: say so, not "Address in use".
Result<void> check_name(const conf::Listener& listener, const PassedSockets& passed) {
  for (const PassedSocket& socket : passed) {
    if (!is_as_configured(place_of(socket.socket->get()), listener)) continue;
    return fail(Errc::permanent, cat("its socket, ", describe_place(socket.socket->get()),
                                     ", was passed under the name \"", printable(socket.name),
                                     "\" (set FileDescriptorName=", listener.name, ")"));
  }
  return {};
}

}  // namespace

Result<PassedSockets> take_passed_sockets() {
  const auto pid = parse_decimal<pid_t>(take_variable("LISTEN_PID"));
  const auto count = parse_decimal<int>(take_variable("LISTEN_FDS"));
  const std::vector<std::string> names = split_names(take_variable("LISTEN_FDNAMES"));
  PassedSockets passed;
  if (pid != ::getpid() || !count || *count <= 0) return passed;
  if (*count > most_passed) return fail(Errc::limit, cat("LISTEN_FDS=", *count, " is too many"));
  for (int i = 0; i < *count; ++i) {
    const int fd = first_passed + i;
    const auto index = static_cast<std::size_t>(i);
    std::string name = index < names.size() && !names[index].empty() ? names[index] : unnamed;
    if (!is_listening_stream(fd)) {
      return fail(Errc::permanent,
                  cat("descriptor ", fd, " (", printable(name),
                      "), which the service manager has passed, is no stream socket that listens "
                      "(a socket unit needs ListenStream= and Accept=no)"));
    }
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    passed.push_back({std::move(name), std::make_shared<UniqueFd>(fd)});
  }
  return passed;
}

std::string describe_place(int socket) {
  const Place place = place_of(socket);
  return place.ip ? cat(place.ip->to_string(), " port ", place.port) : place.path;
}

Result<PassedSockets> sockets_for(const conf::Listener& listener, const PassedSockets& passed) {
  PassedSockets found;
  for (const PassedSocket& socket : passed) {
    if (socket.name != listener.name) continue;
    if (const auto suits = check_suits(socket, listener); !suits) {
      return tl::unexpected(suits.error());
    }
    found.push_back(socket);
  }
  if (found.empty()) {
    if (const auto named = check_name(listener, passed); !named) {
      return tl::unexpected(named.error());
    }
  }
  return found;
}

void warn_of_sockets(const PassedSockets& passed, const std::vector<conf::Listener>& listeners) {
  for (const PassedSocket& socket : passed) {
    const int fd = socket.socket->get();
    const auto user =
        std::find_if(listeners.begin(), listeners.end(), [&socket](const conf::Listener& listener) {
          return listener.name == socket.name && listener.channels > 0;
        });
    if (user == listeners.end()) {
      log::write(log::Level::warning, "socket_idle",
                 {{"name", socket.name}, {"place", describe_place(fd)}});
    } else if (!is_as_configured(place_of(fd), *user)) {
      log::write(log::Level::warning, "socket_differs",
                 {{"listener", user->name},
                  {"place", describe_place(fd)},
                  {"configured", configured_place(*user)}});
    }
  }
}

}  // namespace postern::daemon
