// SPDX-License-Identifier: ISC
//
// daemon/interface_addresses.h - the addresses of a network interface.

#pragma once

#include <string>
#include <vector>

#include "base/ip_address.h"

namespace postern::daemon {

// Those that it has now, of both families; none if there is no such interface.
std::vector<IpAddress> addresses_of(const std::string& interface);

}  // namespace postern::daemon
