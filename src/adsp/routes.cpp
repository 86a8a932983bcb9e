// SPDX-License-Identifier: ISC
//
// adsp/routes.cpp - which station takes a datagram to another network.

#include "adsp/routes.h"

#include <algorithm>

#include "adsp/address.h"
#include "adsp/octets.h"

namespace postern::adsp {

namespace {

constexpr auto router_kept = std::chrono::seconds{50};
constexpr auto way_kept = std::chrono::seconds{40};
constexpr std::uint8_t bits_of_node = 8;

}  // namespace

// The network's number, how many bits a node number has, and the router's; what follows is for
// other routers.
Routes::News Routes::hear_router(std::string_view octets, Time now) {
  OctetReader reader(octets);
  const std::uint16_t net = reader.take16();
  const std::uint8_t id_length = reader.take8();
  const std::uint8_t node = reader.take8();
  if (reader.failed() || id_length != bits_of_node) return News::malformed;
  if (net == 0 || node == 0 || node == broadcast_node) return News::malformed;
  const bool is_new = net != net_ || !router_;
  net_ = net;
  router_ = node;
  router_heard_ = now;
  return is_new ? News::router_found : News::none;
}

void Routes::note_way(std::uint16_t net, std::uint8_t node, Time now) {
  if (net == 0 || net == net_) return;
  auto way = std::find_if(ways_.begin(), ways_.end(), [&](const Way& w) { return w.net == net; });
  if (way == ways_.end() && ways_.size() < most_ways) {
    ways_.push_back({net, node, now});
    return;
  }
  if (way == ways_.end()) {
    way = std::min_element(ways_.begin(), ways_.end(),
                           [](const Way& a, const Way& b) { return a.heard < b.heard; });
  }
  *way = {net, node, now};
}

std::optional<Routes::Hop> Routes::hop_to(std::uint16_t net, std::uint8_t node, Time now) const {
  if (net == 0 || net == net_) return Hop{node, Header::short_ddp};
  for (const Way& way : ways_) {
    if (way.net == net && now - way.heard < way_kept) return Hop{way.node, Header::long_ddp};
  }
  if (router_) return Hop{*router_, Header::long_ddp};
  // Without a number of our own the other network may well be this one.
  if (net_ == 0) return Hop{node, Header::long_ddp};
  return std::nullopt;
}

bool Routes::expire(Time now) {
  if (!router_ || now - router_heard_ < router_kept) return false;
  router_.reset();
  return true;
}

std::optional<Time> Routes::deadline() const {
  if (!router_) return std::nullopt;
  return router_heard_ + router_kept;
}

}  // namespace postern::adsp
