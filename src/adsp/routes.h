// SPDX-License-Identifier: ISC
//
// adsp/routes.h - which station takes a datagram to another network.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "adsp/world.h"

namespace postern::adsp {

// What a node that is no router has to know of routers: the number of the network it is on, one
// router, and by which one each network was heard from last.  Whatever is heard may be wrong, and
// is forgotten soon: a router after 50 seconds without a word, a way to a network after 40.
class Routes {
 public:
  static constexpr std::size_t most_ways = 64;

  enum class News { none, router_found, malformed };

  // The octets of an RTMP packet, which a router sends every ten seconds.
  News hear_router(std::string_view octets, Time now);

  // A datagram from net came in a frame from node.
  void note_way(std::uint16_t net, std::uint8_t node, Time now);

  std::uint16_t net() const { return net_; }  // 0 while unknown; never forgotten
  std::optional<std::uint8_t> router() const { return router_; }

  enum class Header { short_ddp, long_ddp };
  struct Hop {
    std::uint8_t node;  // to which the frame goes
    Header header;
  };
  // How to reach a node of a network; nothing if nobody is known who could.
  std::optional<Hop> hop_to(std::uint16_t net, std::uint8_t node, Time now) const;

  // Whether the router was forgotten just now.
  bool expire(Time now);
  std::optional<Time> deadline() const;

 private:
  struct Way {
    std::uint16_t net;
    std::uint8_t node;
    Time heard;
  };

  std::uint16_t net_ = 0;
  std::optional<std::uint8_t> router_;
  Time router_heard_{};
  std::vector<Way> ways_;
};

}  // namespace postern::adsp
