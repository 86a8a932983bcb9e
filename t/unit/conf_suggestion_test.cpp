// SPDX-License-Identifier: ISC
//
// t/unit/conf_suggestion_test.cpp - what an unknown name was probably meant to be.

#include <string>

#include "conf/suggestion.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern::conf;

TEST_GROUP(ConfSuggestion){};

TEST(ConfSuggestion, DistanceCountsLetters) {
  LONGS_EQUAL(0, edit_distance("port", "port"));
  LONGS_EQUAL(1, edit_distance("prt", "port"));
  LONGS_EQUAL(1, edit_distance("porrt", "port"));
  LONGS_EQUAL(1, edit_distance("pork", "port"));
  LONGS_EQUAL(2, edit_distance("prot", "port"));
  LONGS_EQUAL(4, edit_distance("", "port"));
  LONGS_EQUAL(3, edit_distance("kitten", "sitting"));
}

TEST(ConfSuggestion, FindsTheNearestNameOfTheGroup) {
  STRCMP_EQUAL("hostname", suggest("", "hostnam").c_str());
  STRCMP_EQUAL("hostname", suggest("", "HOSTNAME").c_str());
  STRCMP_EQUAL("listeners", suggest("", "listener").c_str());
  STRCMP_EQUAL("tls.certificates", suggest("tls.", "certificatess").c_str());
  STRCMP_EQUAL("tls.certificates[].key", suggest("tls.certificates[].", "kex").c_str());
  STRCMP_EQUAL("listeners[].port", suggest("listeners[].", "prt").c_str());
}

TEST(ConfSuggestion, FindsTheSameNameInAnotherGroup) {
  STRCMP_EQUAL("spool.min_free", suggest("", "min_free").c_str());
  STRCMP_EQUAL("limits.hops", suggest("timeouts.", "hops").c_str());
}

TEST(ConfSuggestion, SuggestsNothingFarFetched) {
  STRCMP_EQUAL("", suggest("", "frobnicate").c_str());
  STRCMP_EQUAL("", suggest("", "x").c_str());
  STRCMP_EQUAL("", suggest("tls.certificates[].", "k").c_str());
  STRCMP_EQUAL("", suggest("", std::string(100000, 'a')).c_str());
}
