// SPDX-License-Identifier: ISC
//
// t/unit/main.cpp - runs the unit tests.

#include <CppUTest/CommandLineTestRunner.h>
#include <CppUTest/MemoryLeakWarningPlugin.h>

int main(int argc, char** argv) {
  // CppUTest's own operator new calls a leak what a test leaves in a cache that lives on, and
  // hides from the address sanitizer what that finds better ("make asan").
  MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
  return RUN_ALL_TESTS(argc, argv);
}
