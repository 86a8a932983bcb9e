// SPDX-License-Identifier: ISC
//
// t/unit/daemon_replacements_test.cpp - who is to be started anew, and when.

#include "daemon/replacements.h"

#include <CppUTest/TestHarness.h>

using postern::daemon::Replacements;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Role = Replacements::Role;

TEST_GROUP(DaemonReplacements) {
  Replacements replacements;
  Replacements::Clock::time_point now{seconds{1000}};

  // How long a worker that has lived for so long waits to be replaced.
  milliseconds wait_after(seconds life) {
    replacements.add(Role::worker, life, now);
    milliseconds wait{0};
    for (; !replacements.take_due(now + wait).any(); wait += milliseconds{100}) {
    }
    return wait;
  }
};

TEST(DaemonReplacements, WhoLivedLongIsReplacedAtOnce) {
  CHECK(wait_after(seconds{10}) == milliseconds{0});
}

TEST(DaemonReplacements, WhoDiesEarlyWaitsForTwiceAsLongEachTime) {
  CHECK(wait_after(seconds{0}) == milliseconds{100});
  CHECK(wait_after(seconds{9}) == milliseconds{200});
  CHECK(wait_after(seconds{0}) == milliseconds{400});
}

TEST(DaemonReplacements, NobodyWaitsForMoreThanHalfAMinute) {
  for (int i = 0; i < 20; ++i) wait_after(seconds{0});
  CHECK(wait_after(seconds{0}) == seconds{30});
}

TEST(DaemonReplacements, AHealthyLifeEndsTheWaiting) {
  wait_after(seconds{0});
  wait_after(seconds{0});
  CHECK(wait_after(seconds{11}) == milliseconds{0});
  CHECK(wait_after(seconds{0}) == milliseconds{100});
}

TEST(DaemonReplacements, AllWhoHaveDiedAreTakenAtOnceAndOnce) {
  replacements.add(Role::worker, seconds{60}, now);
  replacements.add(Role::worker, seconds{60}, now);
  replacements.add(Role::controller, seconds{60}, now);
  const auto dead = replacements.take_due(now);
  CHECK_EQUAL(2U, dead.workers);
  CHECK_TRUE(dead.controller);
  CHECK_FALSE(replacements.any());
}

TEST(DaemonReplacements, WhoCannotBeStartedIsTriedAgainMuchLater) {
  replacements.put_off(Role::worker, now);
  CHECK_FALSE(replacements.take_due(now + seconds{29}).any());
  CHECK_EQUAL(1U, replacements.take_due(now + seconds{30}).workers);
}

TEST(DaemonReplacements, OfAnOldGenerationNobodyIsReplaced) {
  replacements.add(Role::worker, seconds{60}, now);
  replacements.clear();
  CHECK_FALSE(replacements.any());
}
