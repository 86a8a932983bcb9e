// SPDX-License-Identifier: ISC
//
// t/unit/policy_readiness_board_test.cpp - what interfaces and addresses have to do with it.

#include "policy/readiness_board.h"

#include "conf/period_syntax.h"
#include "fake_site.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::test;
using Reason = postern::policy::ReadinessReason;

TEST_GROUP(PolicyReadinessPlaces) {
  Site site;

  void setup() override {
    site.listener().link.clear();
    site.listener().keep_ready = true;
    site.listener().address = "*";
  }
};

TEST(PolicyReadinessPlaces, AListenerIsReadyAsLongAsItsInterfaceExists) {
  site.listener().interface = "ppp0";
  is(true, Reason::kept, "always kept ready", site.look(up));
  is(true, Reason::kept, "always kept ready", site.look(down));
  is(false, Reason::no_interface, "there is no interface ppp0", site.look({}));
  is(true, Reason::kept, "always kept ready", site.look(up));
}

TEST(PolicyReadinessPlaces, AnInterfaceThatIsGoneIsNotLingeredOn) {
  site.listener().interface = "ppp0";
  site.listener().link = "uplink";
  site.listener().keep_ready = false;
  site.listener().linger = seconds{30};
  CHECK_TRUE(site.look(up).is_ready);
  CHECK_TRUE(site.look(down).is_ready);
  is(false, Reason::no_interface, "there is no interface ppp0", site.look({}));
}

TEST(PolicyReadinessPlaces, AnAddressThatIsNotThereYetIsWaitedForReady) {
  site.listener().address = "198.51.100.25";
  is(true, Reason::kept, "always kept ready; no interface has 198.51.100.25", site.look({}));
  is(true, Reason::kept, "always kept ready", site.look(up));
}

TEST(PolicyReadinessPlaces, AddressesThatNoInterfaceNamesAreTakenAsThere) {
  for (const char* address : {"127.0.0.7", "::1", "0.0.0.0", "::", "fe80::1", "192.0.2.1"}) {
    site.listener().address = address;
    is(true, Reason::kept, "always kept ready", site.look(up));
  }
}

TEST(PolicyReadinessPlaces, AnInterfaceThatComesAndGoesIsNotBelievedAtOnce) {
  site.listener().interface = "ppp0";
  for (int i = 0; i < 2; ++i) {
    is(true, Reason::kept, "always kept ready", site.look(up));
    is(false, Reason::no_interface, "there is no interface ppp0", site.look({}));
  }
  is(false, Reason::link_unsteady, "interface ppp0 comes and goes; opens in 1 s", site.look(up));
  site.wait(seconds{1});
  is(true, Reason::kept, "always kept ready", site.look(up));
}

TEST(PolicyReadinessPlaces, AnInterfaceThatWasAwayUnseenHasAnotherIndex) {
  site.listener().interface = "ppp0";
  Interfaces interfaces = interfaces_of(up);
  for (int i = 0; i < 2; ++i) {
    CHECK_TRUE(site.look_at(interfaces).is_ready);
    ++interfaces["ppp0"].index;
  }
  is(false, Reason::link_unsteady, "interface ppp0 comes and goes; opens in 1 s",
     site.look_at(interfaces));
}

// ---- What could not be done

TEST_GROUP(PolicyReadinessFailures) {
  Site site;

  void setup() override {
    site.listener().linger = seconds{30};
  }
};

TEST(PolicyReadinessFailures, WhatWasNeverOpenDoesNotLinger) {
  site.can_open = false;
  CHECK_TRUE(site.look(up).is_ready);
  is(false, Reason::link_down, "link uplink is down", site.look(down));
}

TEST(PolicyReadinessFailures, WhatWasNeverOpenDoesNotPause) {
  conf::Period always;
  always.days = *conf::parse_days("Mon-Sun");
  always.end = *conf::parse_time_of_day("24:00");
  always.pause = seconds{60};
  site.config.schedule = {always};
  site.listener().linger = seconds{0};
  site.can_open = false;
  CHECK_TRUE(site.look(up).is_ready);
  CHECK_FALSE(site.look(down).is_ready);
  CHECK_TRUE(site.look(up).is_ready);
}

TEST(PolicyReadinessFailures, AConfigurationIsTriedOutWithACopy) {
  policy::ReadinessBoard board{central_europe};
  const policy::Moment now{{}, utc("2026-11-25 12:00")};
  const policy::Moment later{now.steady + seconds{20}, now.wall + seconds{20}};
  CHECK_TRUE(board.look(site.config, interfaces_of(down), {"mx"}, now).front().is_ready);
  conf::Config other;
  policy::ReadinessBoard copy = board;
  copy.look(other, interfaces_of(down), {"mx"}, now);
  STRCMP_EQUAL("link uplink is down; closes in 10 s",
               board.look(site.config, interfaces_of(down), {"mx"}, later).front().why.c_str());
}
