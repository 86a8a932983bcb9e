// SPDX-License-Identifier: ISC
//
// adsp/place.h - where a node is on the network, and how it gets off it.

#pragma once

#include <cstdint>
#include <optional>

namespace postern::adsp {

struct Place {
  std::uint16_t net = 0;  // 0 while no router has told it
  std::uint8_t node = 0;
  std::optional<std::uint8_t> router;  // its node number
};

}  // namespace postern::adsp
