// SPDX-License-Identifier: ISC
//
// net/resolv_conf.cpp - the name servers of this host.

#include "net/resolv_conf.h"

#include "base/text.h"
#include "base/text_file.h"

namespace postern::net {

namespace {

constexpr std::size_t most_servers = 3;  // as MAXNS of <resolv.h>
constexpr std::size_t largest_file = std::size_t{64} * 1024;

}  // namespace

std::vector<SocketAddress> name_servers_in(std::string_view text) {
  std::vector<SocketAddress> servers;
  for (std::string_view line : split_lines(text)) {
    if (servers.size() == most_servers) break;
    line = trim(line);
    if (take_word(line) != "nameserver") continue;
    if (const auto ip = IpAddress::parse(take_word(line)))
      servers.push_back({*ip, SocketAddress::dns_port});
  }
  if (servers.empty()) servers.push_back({*IpAddress::parse("127.0.0.1"), SocketAddress::dns_port});
  return servers;
}

std::vector<SocketAddress> name_servers_of_host() {
  return name_servers_in(read_text_file("/etc/resolv.conf", largest_file).value_or(""));
}

}  // namespace postern::net
