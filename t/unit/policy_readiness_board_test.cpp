// SPDX-License-Identifier: ISC
//
// t/unit/policy_readiness_board_test.cpp - what interfaces and addresses have to do with it.

#include "policy/readiness_board.h"

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
