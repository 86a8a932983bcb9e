// SPDX-License-Identifier: ISC
//
// t/unit/adsp_routes_test.cpp - which station takes a datagram to another network.

#include "adsp/routes.h"

#include <chrono>

#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern::adsp;
using postern::test::hex;

TEST_GROUP(AdspRoutes) {
  Routes routes;
  Time now{1h};

  void hear_router() {
    routes.hear_router(hex("0003 08 fe"), now);
  }
  int node_to(std::uint16_t net) const {
    const auto hop = routes.hop_to(net, 77, now);
    return hop ? hop->node : -1;
  }
  bool is_short(std::uint16_t net) const {
    return routes.hop_to(net, 77, now)->header == Routes::Header::short_ddp;
  }
};

TEST(AdspRoutes, ReachesNeighboursWithAShortHeader) {
  CHECK(node_to(0) == 77 && is_short(0));
  hear_router();
  CHECK(node_to(3) == 77 && is_short(3));
  CHECK(node_to(0) == 77 && is_short(0));
}

TEST(AdspRoutes, TakesAnyNetworkForItsOwnWhileThatHasNoNumber) {
  CHECK(node_to(5) == 77 && !is_short(5));
}

TEST(AdspRoutes, ReachesOtherNetworksThroughARouter) {
  hear_router();
  CHECK(node_to(5) == 254 && !is_short(5));
}

TEST(AdspRoutes, PrefersTheWayThatANetworkWasHeardBy) {
  hear_router();
  routes.note_way(5, 253, now);
  LONGS_EQUAL(253, node_to(5));
  LONGS_EQUAL(254, node_to(6));
  routes.note_way(5, 252, now);
  LONGS_EQUAL(252, node_to(5));
}

TEST(AdspRoutes, ForgetsAWayAfterAWhile) {
  hear_router();
  routes.note_way(5, 253, now);
  now += 39s;
  LONGS_EQUAL(253, node_to(5));
  now += 1s;
  LONGS_EQUAL(254, node_to(5));
}

TEST(AdspRoutes, KnowsNoWayWithoutARouter) {
  hear_router();
  now += 50s;
  CHECK(routes.deadline() == now);
  CHECK(routes.expire(now) && !routes.expire(now));
  LONGS_EQUAL(-1, node_to(5));
  CHECK(!routes.deadline());
}

TEST(AdspRoutes, ForgetsTheOldestOfTooManyWays) {
  hear_router();
  for (std::uint16_t net = 100; net < 100 + Routes::most_ways + 1; ++net) {
    now += 1ms;
    routes.note_way(net, 253, now);
  }
  LONGS_EQUAL(254, node_to(100));
  LONGS_EQUAL(253, node_to(101));
  LONGS_EQUAL(253, node_to(100 + Routes::most_ways));
}
