// SPDX-License-Identifier: ISC
//
// t/unit/policy_link_damper_test.cpp - a link that comes and goes is not believed at once.

#include "policy/link_damper.h"

#include <CppUTest/TestHarness.h>

using postern::policy::LinkDamper;
using Seconds = LinkDamper::Seconds;

TEST_GROUP(PolicyLinkDamper) {
  LinkDamper damper;
  LinkDamper::Time now{};

  void after(int wait, bool is_up) {
    now += Seconds{wait};
    damper.update(is_up, now);
    is_up_ = is_up;
  }
  // In seconds; 0: it is settled; -1: it is down.
  long wait() {
    const auto at = damper.settles_at(now);
    if (!at) return is_up_ ? 0 : -1;
    return std::chrono::duration_cast<Seconds>(*at - now).count();
  }

  bool is_up_ = false;
};

TEST(PolicyLinkDamper, IsDownAtFirst) {
  LONGS_EQUAL(-1, wait());
}

TEST(PolicyLinkDamper, TheFirstTimeAndTheFirstLossAreBelievedAtOnce) {
  after(0, true);
  LONGS_EQUAL(0, wait());
  after(10, false);
  LONGS_EQUAL(-1, wait());
  after(1, true);
  LONGS_EQUAL(0, wait());
}

TEST(PolicyLinkDamper, EachFurtherLossDoublesTheWaitUpToAMinute) {
  after(0, true);
  after(1, false);
  after(1, true);
  for (const long expected : {1, 2, 4, 8, 16, 32, 64, 64, 64}) {
    after(1, false);
    after(1, true);
    LONGS_EQUAL(expected, wait());
  }
}

TEST(PolicyLinkDamper, SettlesWhenItHasHeldForSoLong) {
  for (int i = 0; i < 4; ++i) {
    after(1, true);
    after(1, false);
  }
  after(0, true);
  LONGS_EQUAL(4, wait());
  after(3, true);
  LONGS_EQUAL(1, wait());
  after(1, true);
  LONGS_EQUAL(0, wait());
  after(100, true);
  LONGS_EQUAL(0, wait());
}

TEST(PolicyLinkDamper, AnotherLossWhileItWaitsCounts) {
  for (int i = 0; i < 3; ++i) {
    after(1, true);
    after(1, false);
  }
  after(0, true);
  LONGS_EQUAL(2, wait());
  after(1, false);
  after(0, true);
  LONGS_EQUAL(4, wait());
}

TEST(PolicyLinkDamper, ForgetsLossesAfterAWhile) {
  for (int i = 0; i < 8; ++i) {
    after(1, true);
    after(1, false);
  }
  after(static_cast<int>(LinkDamper::memory.count()) - 3, true);
  LONGS_EQUAL(1, wait());  // two are remembered
  after(1, false);
  after(static_cast<int>(LinkDamper::memory.count()), true);
  LONGS_EQUAL(0, wait());
}

TEST(PolicyLinkDamper, TheSameStateAgainIsNoNews) {
  after(0, true);
  for (int i = 0; i < 10; ++i) after(1, true);
  after(1, false);
  for (int i = 0; i < 10; ++i) after(0, false);
  after(1, true);
  LONGS_EQUAL(0, wait());
}
