// SPDX-License-Identifier: ISC
//
// net/listening_socket.cpp - sockets that are bound and listening.

#include "net/listening_socket.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/ip_address.h"
#include "base/text.h"

namespace postern::net {

namespace {

// The kernel cuts it to net.core.somaxconn.
constexpr int backlog = 4096;

UniqueFd open_socket(int family) {
  return UniqueFd{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

void set_option(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

template <typename Address>
Result<UniqueFd> bind_and_listen(UniqueFd fd, const Address& address, const std::string& name) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (!fd.is_open() || ::bind(fd.get(), generic, sizeof address) != 0 ||
      ::listen(fd.get(), backlog) != 0) {
    return fail_errno(cat("listen on ", name), errno);
  }
  return fd;
}

// An IP address with what goes for its socket.
struct Target {
  IpAddress ip;
  std::uint16_t port;
  const std::string& interface;
  std::string name;
};

// Why it failed: errno.
bool prepare(int fd, const Target& target) {
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd, SOL_IP, IP_FREEBIND, 1);  // which goes for IPv6, too
  if (target.interface.empty()) return true;
  return ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, target.interface.c_str(),
                      static_cast<socklen_t>(target.interface.size())) == 0;
}

Result<UniqueFd> listen_v4(const Target& target) {
  UniqueFd fd = open_socket(AF_INET);
  if (!prepare(fd.get(), target)) return fail_errno(cat("listen on ", target.name), errno);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  std::copy(target.ip.octets().begin() + 12, target.ip.octets().end(),
            reinterpret_cast<std::uint8_t*>(&address.sin_addr));
  return bind_and_listen(std::move(fd), address, target.name);
}

Result<UniqueFd> listen_v6(const Target& target, int v6_only) {
  UniqueFd fd = open_socket(AF_INET6);
  if (!prepare(fd.get(), target)) return fail_errno(cat("listen on ", target.name), errno);
  set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, v6_only);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(target.port);
  // Each interface has such addresses, and they are the same on several.
  if (target.ip.is_link_local()) address.sin6_scope_id = ::if_nametoindex(target.interface.c_str());
  std::copy(target.ip.octets().begin(), target.ip.octets().end(), address.sin6_addr.s6_addr);
  return bind_and_listen(std::move(fd), address, target.name);
}

bool has_ipv6() {
  return open_socket(AF_INET6).is_open();
}

// A file that nobody answers on was left by a server that is no more.
bool is_answered(const sockaddr_un& address) {
  const UniqueFd fd = open_socket(AF_UNIX);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(fd.get(), generic, sizeof address) == 0 || errno == EAGAIN;
}

}  // namespace

Result<UniqueFd> listen_tcp(const std::string& address, std::uint16_t port,
                            const std::string& interface) {
  const std::string name =
      cat(address, " port ", port, interface.empty() ? "" : cat(" on ", interface));
  if (address == "*") {
    const auto any_v4 = *IpAddress::parse("0.0.0.0");
    return has_ipv6() ? listen_v6({IpAddress{}, port, interface, name}, 0)
                      : listen_v4({any_v4, port, interface, name});
  }
  const auto ip = IpAddress::parse(address);
  if (!ip) return fail(Errc::permanent, cat(name, ": not an address"));
  const Target target{*ip, port, interface, name};
  return ip->is_v4() ? listen_v4(target) : listen_v6(target, 1);
}

Result<UniqueFd> listen_unix(const std::string& path, const SocketAccess& access) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Errc::permanent, cat("socket path ", path, " is longer than ",
                                     sizeof address.sun_path - 1, " octets"));
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  if (is_answered(address)) return fail_errno(cat("listen on ", path), EADDRINUSE);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      return fail(Errc::permanent, cat("listen on ", path, ": something else is there already"));
    }
    ::unlink(path.c_str());
  }
  // Not by chmod: somebody could put something else in its place before.
  const mode_t usual = ::umask(0777 & ~access.mode);
  auto fd = bind_and_listen(open_socket(AF_UNIX), address, path);
  ::umask(usual);
  const uid_t owner = access.owner.value_or(static_cast<uid_t>(-1));  // -1: the same
  const gid_t group = access.group.value_or(static_cast<gid_t>(-1));
  const bool is_changed = access.owner || access.group;
  if (fd && is_changed && ::lchown(path.c_str(), owner, group) != 0) {
    return fail_errno(cat("change the owner or group of ", path), errno);
  }
  return fd;
}

}  // namespace postern::net
