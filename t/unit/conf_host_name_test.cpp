// SPDX-License-Identifier: ISC
//
// t/unit/conf_host_name_test.cpp - what this host calls itself.

#include <string>

#include "conf/host_name.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern::conf;

TEST_GROUP(ConfHostName){};

TEST(ConfHostName, TakesAFullNameOfTheKernel) {
  STRCMP_EQUAL("mail.example.org", choose_host_name("mail.example.org", "other.example\n").c_str());
}

TEST(ConfHostName, ElseTheFirstLineOfMailname) {
  STRCMP_EQUAL("mail.example.org", choose_host_name("mail", "mail.example.org\nrest\n").c_str());
  STRCMP_EQUAL("mail.example.org", choose_host_name("mail", " mail.example.org \r\n").c_str());
  STRCMP_EQUAL("mail.example.org", choose_host_name("", "mail.example.org").c_str());
}

TEST(ConfHostName, ElseTheShortNameOfTheKernel) {
  STRCMP_EQUAL("mail", choose_host_name("mail", "").c_str());
  STRCMP_EQUAL("mail", choose_host_name("mail", "\nsecond line\n").c_str());
}
