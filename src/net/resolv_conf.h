// SPDX-License-Identifier: ISC
//
// net/resolv_conf.h - the name servers of this host, by resolv.conf(5).

#pragma once

#include <string_view>
#include <vector>

#include "base/socket_address.h"

namespace postern::net {

// The first three of the lines "nameserver", as everywhere; 127.0.0.1 if there is none.  Those
// with a zone ("fe80::1%eth0") are left out.  All other lines are for those who look up what a
// person has typed.
std::vector<SocketAddress> name_servers_in(std::string_view text);

// Those of /etc/resolv.conf.
std::vector<SocketAddress> name_servers_of_host();

}  // namespace postern::net
