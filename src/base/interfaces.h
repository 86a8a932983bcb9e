// SPDX-License-Identifier: ISC
//
// base/interfaces.h - network interfaces, as they are at a moment.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/ip_address.h"

namespace postern {

struct Interface {
  unsigned index = 0;                // another one if it was away and is back
  bool is_running = false;           // it is on, and there is a carrier
  std::vector<IpAddress> addresses;  // that can be used: no tentative and no link-local ones
};

// By name.
using Interfaces = std::map<std::string, Interface, std::less<>>;

}  // namespace postern
