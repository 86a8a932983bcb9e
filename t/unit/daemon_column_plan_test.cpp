// SPDX-License-Identifier: ISC
//
// t/unit/daemon_column_plan_test.cpp - which column each listener counts in.

#include "daemon/column_plan.h"

#include <CppUTest/TestHarness.h>

using postern::daemon::ColumnPlan;

using Names = std::vector<std::string>;
using Columns = std::vector<std::size_t>;

TEST_GROUP(DaemonColumnPlan) {
  ColumnPlan plan{3};
};

TEST(DaemonColumnPlan, EachNameGetsAColumnOfItsOwn) {
  CHECK(plan.assign({"a", "b", "c"}) == (Columns{0, 1, 2}));
}

TEST(DaemonColumnPlan, ANameKeepsItsColumnInWhateverOrder) {
  plan.assign({"a", "b"});
  CHECK(plan.assign({"b", "a"}) == (Columns{1, 0}));
}

TEST(DaemonColumnPlan, ANameThatWasAwayFindsItsColumnAgain) {
  plan.assign({"a", "b"});
  plan.assign({"b"});
  CHECK(plan.assign({"c", "a"}) == (Columns{2, 0}));
}

TEST(DaemonColumnPlan, ANewNameTakesTheColumnThatWasAwayLongest) {
  plan.assign({"a", "b", "c"});
  plan.assign({"b", "c"});
  plan.assign({"c"});
  CHECK(plan.assign({"d", "c"}) == (Columns{0, 2}));
  CHECK(plan.assign({"e", "c"}) == (Columns{1, 2}));
}

TEST(DaemonColumnPlan, ANewNameNeverTakesTheColumnOfOneThatComesBackWithIt) {
  plan.assign({"a", "b", "c"});
  plan.assign({"b", "c"});
  CHECK(plan.assign({"d", "a"}) == (Columns{1, 0}));
}

TEST(DaemonColumnPlan, AnotherProgramGoesOnWithIt) {
  plan.assign({"a", "b"});
  ColumnPlan next{3};
  const Names names = plan.names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) next.restore(names[i], i);
  }
  CHECK(next.assign({"c", "b", "a"}) == (Columns{2, 1, 0}));
}

TEST(DaemonColumnPlan, AColumnThatThereIsNotIsNotRestored) {
  plan.restore("a", 3);
  CHECK(plan.assign({"b"}) == Columns{0});
}
