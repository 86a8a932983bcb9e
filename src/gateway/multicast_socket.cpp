// SPDX-License-Identifier: ISC
//
// gateway/multicast_socket.cpp - the group of datagrams that carries a LocalTalk network (LToUDP).

#include "gateway/multicast_socket.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace postern::gateway {

namespace {

// Larger than any that is allowed, so that one which is not can be told from one that is.
constexpr std::size_t most_octets = 2048;

sockaddr_in group_address(const std::string& group, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, group.c_str(), &address.sin_addr);
  return address;
}

struct Option {
  int level;
  int name;
  int value;
};

// Others on this host may have the same group, and must hear us; no router is to pass it on.
constexpr std::array options{
    Option{SOL_SOCKET, SO_REUSEADDR, 1},     Option{SOL_SOCKET, SO_REUSEPORT, 1},
    Option{IPPROTO_IP, IP_MULTICAST_ALL, 0}, Option{IPPROTO_IP, IP_MULTICAST_LOOP, 1},
    Option{IPPROTO_IP, IP_MULTICAST_TTL, 1},
};

bool set_options(int fd) {
  for (const Option& option : options) {
    if (::setsockopt(fd, option.level, option.name, &option.value, sizeof option.value) != 0) {
      return false;
    }
  }
  return true;
}

bool join(int fd, const sockaddr_in& address, unsigned interface) {
  ip_mreqn membership{};
  membership.imr_multiaddr = address.sin_addr;
  membership.imr_ifindex = static_cast<int>(interface);
  return ::setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof membership) == 0 &&
         ::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) == 0;
}

}  // namespace

Result<MulticastSocket> MulticastSocket::open(const std::string& interface,
                                              const std::string& group, std::uint16_t port) {
  const auto failure = [&] {
    return fail_errno(cat("join AppleTalk's group ", group, " on ", interface), errno);
  };
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return failure();
  const sockaddr_in address = group_address(group, port);
  UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  // To the group, not to all addresses: so nobody can slip in a frame by unicast.
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (!fd.is_open() || !set_options(fd.get()) || ::bind(fd.get(), generic, sizeof address) != 0 ||
      !join(fd.get(), address, index)) {
    return failure();
  }
  return MulticastSocket{std::move(fd), group, port};
}

std::optional<std::string_view> MulticastSocket::receive() {
  datagram_.resize(most_octets);
  const ssize_t size = ::recv(fd_.get(), datagram_.data(), datagram_.size(), 0);
  if (size < 0) return std::nullopt;
  return std::string_view(datagram_).substr(0, static_cast<std::size_t>(size));
}

void MulticastSocket::send(std::string_view datagram) const {
  const sockaddr_in address = group_address(group_, port_);
  ::sendto(fd_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace postern::gateway
