// SPDX-License-Identifier: ISC
//
// policy/link_warnings.h - settings that would bring up a link, or let it cost money.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "conf/config.h"

namespace postern::policy {

// The addresses that an interface has now; none if there is no such interface.
using AddressesOf = std::function<std::vector<IpAddress>(const std::string& interface)>;

// For each setting that keeps something open on a link which is on demand or metered, what may come
// of it and what to set instead, as a line for the operator (posternd -t).  No I/O of its own.
std::vector<std::string> link_warnings(const conf::Config& config, const AddressesOf& addresses_of);

}  // namespace postern::policy
