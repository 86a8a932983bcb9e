// SPDX-License-Identifier: ISC
//
// t/unit/smtp_capabilities_test.cpp - what EHLO announces, and when.

#include "smtp/capabilities.h"

#include <algorithm>
#include <string>

#include <CppUTest/TestHarness.h>

using namespace postern::smtp;

TEST_GROUP(SmtpCapabilities) {
  Settings settings{"mail.example.org", {}, true, "PLAIN LOGIN", false};

  bool announces(const char* line, Security security, bool is_authenticated) {
    const auto lines = ehlo_lines(settings, security, is_authenticated);
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }
};

TEST(SmtpCapabilities, TheHostNameComesFirst) {
  STRCMP_EQUAL("mail.example.org", ehlo_lines(settings, Security::clear, false).front().c_str());
}

TEST(SmtpCapabilities, SomeAlwaysHold) {
  settings.limits.message_octets = 12345678901;
  for (const char* line :
       {"PIPELINING", "SIZE 12345678901", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"}) {
    CHECK(announces(line, Security::clear, false));
    CHECK(announces(line, Security::tls, true));
  }
}

TEST(SmtpCapabilities, StarttlsWhereItIsOfferedAndNotYetDone) {
  CHECK(announces("STARTTLS", Security::clear, false));
  CHECK(announces("STARTTLS", Security::clear, true));
  CHECK(!announces("STARTTLS", Security::tls, false));
  settings.offers_starttls = false;
  CHECK(!announces("STARTTLS", Security::clear, false));
}

TEST(SmtpCapabilities, AuthWhereItWouldBeAccepted) {
  CHECK(!announces("AUTH PLAIN LOGIN", Security::clear, false));
  CHECK(announces("AUTH PLAIN LOGIN", Security::tls, false));
  CHECK(!announces("AUTH PLAIN LOGIN", Security::tls, true));
  settings.auth_without_tls = true;
  CHECK(announces("AUTH PLAIN LOGIN", Security::clear, false));
  CHECK(!announces("AUTH PLAIN LOGIN", Security::clear, true));
}

TEST(SmtpCapabilities, NoAuthWithoutMechanisms) {
  settings.mechanisms = "";
  settings.auth_without_tls = true;
  CHECK(!allows_auth(settings, Security::tls));
  LONGS_EQUAL(6, ehlo_lines(settings, Security::tls, false).size());
}

TEST(SmtpCapabilities, AuthInTheClearOnlyWhereItIsAllowed) {
  CHECK(!allows_auth(settings, Security::clear));
  CHECK(allows_auth(settings, Security::tls));
  settings.auth_without_tls = true;
  CHECK(allows_auth(settings, Security::clear));
}
