// SPDX-License-Identifier: ISC
//
// t/unit/control_table_test.cpp - rows of text in columns.

#include "control/table.h"

#include <CppUTest/TestHarness.h>

using postern::control::table_text;

TEST_GROUP(ControlTable){};

TEST(ControlTable, ColumnsAreAsWideAsTheirWidestCell) {
  STRCMP_EQUAL(
      "NAME    N   PLACE\n"
      "a       10  somewhere\n"
      "longer  1   x\n",
      table_text({{"NAME", "N", "PLACE"}, {"a", "10", "somewhere"}, {"longer", "1", "x"}}).c_str());
}

TEST(ControlTable, NoLineEndsInBlanks) {
  STRCMP_EQUAL("A  LAST\n1  x\n", table_text({{"A", "LAST"}, {"1", "x"}}).c_str());
}

TEST(ControlTable, AHeadingAloneIsATable) {
  STRCMP_EQUAL("A  B\n", table_text({{"A", "B"}}).c_str());
}

TEST(ControlTable, OfNothingIsNothing) {
  STRCMP_EQUAL("", table_text({}).c_str());
}

TEST(ControlTable, RowsMayBeShort) {
  STRCMP_EQUAL("A     B\nlong\n", table_text({{"A", "B"}, {"long"}}).c_str());
}
