// SPDX-License-Identifier: ISC
//
// t/unit/fake_site.h - one listener on one link, for tests of when it is to be open.

#pragma once

#include <string>
#include <string_view>

#include "fake_zone.h"
#include "policy/readiness.h"
#include "policy/readiness_board.h"

#include <CppUTest/TestHarness.h>

namespace postern::test {

using policy::LinkState;
using policy::Readiness;

inline constexpr LinkState up{.exists = true, .is_running = true, .has_address = true};
inline constexpr LinkState down{.exists = true, .is_running = false, .has_address = true};

// The link with other interfaces around it.
inline Interfaces interfaces_of(const LinkState& link) {
  Interfaces all{{"lo", {1, true, {}}}, {"eth0", {2, true, {*IpAddress::parse("192.0.2.1")}}}};
  if (!link.exists) return all;
  Interface& ppp = all["ppp0"];
  ppp = {7, link.is_running, {}};
  if (link.has_address) ppp.addresses.push_back(*IpAddress::parse("198.51.100.25"));
  return all;
}

// One listener on one link, and two clocks.
class Site {
 public:
  Site() {
    config.links = {{.name = "uplink", .interface = "ppp0"}};
    config.listeners.emplace_back();
    listener().name = "mx";
    listener().link = "uplink";
    listener().keep_ready = false;
    listener().channels = 10;
  }

  conf::Listener& listener() { return config.listeners.front(); }

  void set_clock(std::string_view time) { wall_ = utc(time); }
  void wait(seconds time) {
    steady_ += time;
    wall_ += time;
  }
  // And does what that says, unless it cannot.
  const Readiness& look(const LinkState& link) { return look_at(interfaces_of(link)); }
  const Readiness& look_at(const Interfaces& interfaces) {
    last_ = board_.look(config, interfaces, open_, {steady_, wall_}).front();
    if (!last_.is_ready) open_.clear();
    if (last_.is_ready && can_open) open_.insert(listener().name);
    return last_;
  }

  conf::Config config;
  bool can_open = true;

 private:
  policy::ReadinessBoard board_{central_europe};
  policy::ReadinessBoard::Names open_;
  std::chrono::steady_clock::time_point steady_;
  sys_seconds wall_ = utc("2026-11-25 12:00");  // a Wednesday, 13:00 on the wall
  Readiness last_;
};

inline void is(bool is_ready, policy::ReadinessReason reason, std::string_view why,
               const Readiness& readiness) {
  STRCMP_EQUAL(std::string(why).c_str(), readiness.why.c_str());
  CHECK_EQUAL(is_ready, readiness.is_ready);
  CHECK(reason == readiness.reason);
}

}  // namespace postern::test
