// SPDX-License-Identifier: ISC
//
// net/interface_news.cpp - the network interfaces of this machine, and when they change.

#include "net/interface_news.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

namespace postern::net {

namespace {

// What the kernel sends at once, and a message that asks.
constexpr std::size_t most_octets = 32'768;
using Buffer = std::array<char, most_octets>;

constexpr int most_attempts = 5;

using Socket = std::unique_ptr<mnl_socket, decltype(&::mnl_socket_close)>;

struct Search {
  unsigned type;
  std::size_t least_size;
  const nlattr* found = nullptr;
};

int on_attribute(const nlattr* attribute, void* context) noexcept {
  auto& search = *static_cast<Search*>(context);
  if (mnl_attr_get_type(attribute) == search.type &&
      mnl_attr_get_payload_len(attribute) >= search.least_size) {
    search.found = attribute;
  }
  return MNL_CB_OK;
}

// The attribute of that type behind a header of so many octets; nullptr if there is none.
const nlattr* find(const nlmsghdr& message, std::size_t header, Search search) {
  mnl_attr_parse(&message, static_cast<unsigned>(header), on_attribute, &search);
  return search.found;
}

void add_link(Interfaces& interfaces, const nlmsghdr& message) {
  const auto* link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  const nlattr* name = find(message, sizeof *link, {IFLA_IFNAME, 1});
  if (name == nullptr) return;
  const auto* text = static_cast<const char*>(mnl_attr_get_payload(name));
  Interface& interface = interfaces[std::string(text, ::strnlen(text, IF_NAMESIZE))];
  constexpr unsigned running = IFF_UP | IFF_RUNNING;
  interface.index = static_cast<unsigned>(link->ifi_index);
  interface.is_running = (link->ifi_flags & running) == running;
}

std::optional<IpAddress> address_in(const nlattr* attribute, unsigned char family) {
  const std::size_t size = family == AF_INET ? 4 : 16;
  if (attribute == nullptr || mnl_attr_get_payload_len(attribute) != size) return std::nullopt;
  IpAddress::Octets octets{};
  if (family == AF_INET) octets[10] = octets[11] = 0xFF;
  std::memcpy(octets.data() + (octets.size() - size), mnl_attr_get_payload(attribute), size);
  return IpAddress{octets};
}

// On a link from point to point IFA_ADDRESS is the other end's; then there is IFA_LOCAL, too.
void add_address(Interfaces& interfaces, const nlmsghdr& message) {
  const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6) return;
  if ((header->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0) return;
  const nlattr* own = find(message, sizeof *header, {IFA_LOCAL, 4});
  if (own == nullptr) own = find(message, sizeof *header, {IFA_ADDRESS, 4});
  const auto address = address_in(own, header->ifa_family);
  if (!address || address->is_link_local()) return;
  const auto interface = std::find_if(interfaces.begin(), interfaces.end(), [&](const auto& each) {
    return each.second.index == header->ifa_index;
  });
  if (interface != interfaces.end()) interface->second.addresses.push_back(*address);
}

int on_message(const nlmsghdr* message, void* context) noexcept {
  auto& interfaces = *static_cast<Interfaces*>(context);
  if (message->nlmsg_type == RTM_NEWLINK) add_link(interfaces, *message);
  if (message->nlmsg_type == RTM_NEWADDR) add_address(interfaces, *message);
  return MNL_CB_OK;
}

// Asks for all links, or for all addresses, and takes the answer in.
bool dump(const Socket& socket, std::uint16_t type, unsigned sequence, Interfaces& interfaces) {
  Buffer buffer{};
  nlmsghdr* request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = type;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request->nlmsg_seq = sequence;
  // What both requests begin with is the family, and 0 is all of them.
  mnl_nlmsg_put_extra_header(request, std::max(sizeof(ifinfomsg), sizeof(ifaddrmsg)));
  if (mnl_socket_sendto(socket.get(), request, request->nlmsg_len) < 0) return false;
  int more = MNL_CB_OK;
  while (more == MNL_CB_OK) {
    const ssize_t size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (size < 0) return false;
    more = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), sequence,
                      mnl_socket_get_portid(socket.get()), on_message, &interfaces);
  }
  return more == MNL_CB_STOP;
}

}  // namespace

Result<Interfaces> read_interfaces() {
  Interfaces interfaces;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const Socket socket{mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC), &::mnl_socket_close};
    interfaces.clear();
    if (socket && mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) == 0 &&
        dump(socket, RTM_GETLINK, 1, interfaces) && dump(socket, RTM_GETADDR, 2, interfaces)) {
      return interfaces;
    }
    if (errno != EINTR) break;  // else something has changed while we asked
  }
  return fail_errno("ask the kernel for its network interfaces", errno);
}

Result<InterfaceNews> InterfaceNews::open() {
  UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (!fd.is_open() || ::bind(fd.get(), generic, sizeof address) != 0) {
    return fail_errno("listen to the kernel's news of network interfaces", errno);
  }
  return InterfaceNews{std::move(fd)};
}

// When there were more than it could keep, the kernel says so once (ENOBUFS); that is news, too.
bool InterfaceNews::take() {
  Buffer buffer{};
  bool is_any = false;
  while (true) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size == 0 || (size < 0 && errno != ENOBUFS)) return is_any;
    is_any = true;
  }
}

}  // namespace postern::net
