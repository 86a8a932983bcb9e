// SPDX-License-Identifier: ISC
//
// t/unit/server_deadlines_test.cpp - the moments by which a client must have done something.
//
// Moments are either over at once or so far away that no test lives to see them.

#include "server/deadlines.h"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::server::Deadlines;
using postern::server::Wait;

namespace {

constexpr std::chrono::seconds now{0};
constexpr std::chrono::seconds never{100'000};

}  // namespace

TEST_GROUP(Deadlines) {
  net::Loop loop;
  std::string passed;
  Deadlines deadlines{loop, [this](Wait wait) { passed += name_of(wait); }};

  static char name_of(Wait wait) {
    switch (wait) {
      case Wait::command: return 'c';
      case Wait::message: return 'm';
      case Wait::replies: return 'r';
    }
    return '?';
  }

  // What passes until the loop has come to the end of what is due now.
  const char* outcome() {
    net::Timer end(loop, [this] { loop.stop(); });
    end.start(std::chrono::milliseconds{50});
    loop.run([] {});
    return passed.c_str();
  }
};

TEST(Deadlines, WhatIsStartedPassesOnce) {
  deadlines.start(Wait::command, now);
  STRCMP_EQUAL("c", outcome());
}

TEST(Deadlines, EachPassesByItself) {
  deadlines.start(Wait::command, never);
  deadlines.start(Wait::message, now);
  deadlines.start(Wait::replies, now);
  STRCMP_EQUAL("mr", outcome());
}

TEST(Deadlines, AnEarlierOneIsNotMissed) {
  deadlines.start(Wait::message, never);
  deadlines.start(Wait::command, now);
  STRCMP_EQUAL("c", outcome());
}

TEST(Deadlines, OneThatIsStoppedDoesNotPass) {
  deadlines.start(Wait::command, now);
  deadlines.stop(Wait::command);
  STRCMP_EQUAL("", outcome());
}

TEST(Deadlines, OneThatIsPutOffDoesNotPass) {
  deadlines.start(Wait::command, now);
  deadlines.start(Wait::command, never);
  STRCMP_EQUAL("", outcome());
}

TEST(Deadlines, OneThatRunsIsNotStartedAnew) {
  deadlines.start(Wait::replies, now);
  deadlines.start_if_stopped(Wait::replies, never);
  deadlines.start_if_stopped(Wait::message, never);
  STRCMP_EQUAL("r", outcome());
}

TEST(Deadlines, AllCanBeStopped) {
  deadlines.start(Wait::command, now);
  deadlines.start(Wait::message, now);
  deadlines.stop_all();
  STRCMP_EQUAL("", outcome());
}

TEST(Deadlines, ThereIsLifeAfterStoppingAll) {
  deadlines.start(Wait::command, never);
  deadlines.stop_all();
  deadlines.start(Wait::message, now);
  STRCMP_EQUAL("m", outcome());
}
