// SPDX-License-Identifier: ISC
//
// net/listening_socket.cpp - sockets that are bound and listening.

#include "net/listening_socket.h"

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

Result<UniqueFd> listen_v4(const IpAddress& ip, std::uint16_t port, const std::string& name) {
  UniqueFd fd = open_socket(AF_INET);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  std::copy(ip.octets().begin() + 12, ip.octets().end(),
            reinterpret_cast<std::uint8_t*>(&address.sin_addr));
  return bind_and_listen(std::move(fd), address, name);
}

Result<UniqueFd> listen_v6(const IpAddress& ip, std::uint16_t port, const std::string& name,
                           int v6_only) {
  UniqueFd fd = open_socket(AF_INET6);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, v6_only);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  std::copy(ip.octets().begin(), ip.octets().end(), address.sin6_addr.s6_addr);
  return bind_and_listen(std::move(fd), address, name);
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

Result<UniqueFd> listen_tcp(const std::string& address, std::uint16_t port) {
  const std::string name = cat(address, " port ", port);
  if (address == "*") {
    const auto any_v4 = *IpAddress::parse("0.0.0.0");
    return has_ipv6() ? listen_v6(IpAddress{}, port, name, 0) : listen_v4(any_v4, port, name);
  }
  const auto ip = IpAddress::parse(address);
  if (!ip) return fail(Errc::permanent, cat(name, ": not an address"));
  return ip->is_v4() ? listen_v4(*ip, port, name) : listen_v6(*ip, port, name, 1);
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
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
  // Not by chmod: somebody could put something else in its place before.
  const mode_t usual = ::umask(0777 & ~access.mode);
  auto fd = bind_and_listen(open_socket(AF_UNIX), address, path);
  ::umask(usual);
  const uid_t same_owner = static_cast<uid_t>(-1);
  if (fd && access.group && ::lchown(path.c_str(), same_owner, *access.group) != 0) {
    return fail_errno(cat("change group of ", path), errno);
  }
  return fd;
}

}  // namespace postern::net
