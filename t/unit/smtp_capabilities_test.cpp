// SPDX-License-Identifier: ISC
//
// t/unit/smtp_capabilities_test.cpp - what EHLO announces, and when.

#include "smtp/capabilities.h"

#include <algorithm>
#include <string>

#include "session_driver.h"

#include <CppUTest/TestHarness.h>

using namespace postern::smtp;
using postern::mail::Extensions;

TEST_GROUP(SmtpCapabilities) {
  Settings settings = postern::test::usual_settings();
  Situation now{.settings = settings, .begun = 1795000000};

  void setup() override {
    settings.auth_without_tls = false;
  }

  bool announces(const char* line) {
    const auto lines = ehlo_lines(now);
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  void switch_all(bool on) {
    Extensions& all = settings.extensions;
    all = {on, on, on, on, on, on, on, on, on, on, on, on, on};
  }
};

TEST(SmtpCapabilities, TheHostNameComesFirst) {
  STRCMP_EQUAL("mail.example.org", ehlo_lines(now).front().c_str());
}

TEST(SmtpCapabilities, ByDefaultWhatASpoolCanKeep) {
  settings.limits.message_octets = 12345678901;
  for (const char* line : {"PIPELINING", "SIZE 12345678901", "8BITMIME", "SMTPUTF8",
                           "ENHANCEDSTATUSCODES", "DSN", "CHUNKING", "BINARYMIME"}) {
    CHECK(announces(line));
  }
  now.security = Security::tls;
  for (const char* line : {"REQUIRETLS", "DELIVERBY", "MT-PRIORITY"}) CHECK(!announces(line));
}

TEST(SmtpCapabilities, WhatIsSwitchedOffIsNotAnnounced) {
  switch_all(false);
  now.security = Security::tls;
  now.is_authenticated = true;
  LONGS_EQUAL(1, ehlo_lines(now).size());
}

TEST(SmtpCapabilities, WhatIsSwitchedOnIs) {
  switch_all(true);
  now.security = Security::tls;
  now.is_authenticated = true;
  LONGS_EQUAL(14, ehlo_lines(now).size());
  CHECK(announces("DELIVERBY"));
  CHECK(announces("MT-PRIORITY"));
}

// RFC 9422 4.
TEST(SmtpCapabilities, LimitsNamesWhatIsBounded) {
  CHECK(announces("LIMITS RCPTMAX=100"));
  settings.limits.messages = 7;
  settings.limits.recipient_domains = 3;
  CHECK(announces("LIMITS RCPTMAX=100 MAILMAX=7 RCPTDOMAINMAX=3"));
}

// RFC 8689 2.
TEST(SmtpCapabilities, RequiretlsUnderTlsOnly) {
  settings.extensions.require_tls = true;
  CHECK(!announces("REQUIRETLS"));
  now.security = Security::tls;
  CHECK(announces("REQUIRETLS"));
}

// RFC 4865 3: the longest time, and the latest moment.
TEST(SmtpCapabilities, FuturereleaseHasItsBounds) {
  settings.extensions.future_release = true;
  settings.limits.hold_seconds = 86400;
  CHECK(announces("FUTURERELEASE 86400 2026-11-19T11:06:40Z"));
}

TEST(SmtpCapabilities, XclientForThoseWhoMay) {
  const char* line = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";
  CHECK(!announces(line));
  now.may_xclient = true;
  CHECK(announces(line));
}

TEST(SmtpCapabilities, StarttlsWhereItIsOfferedAndNotYetDone) {
  CHECK(announces("STARTTLS"));
  now.is_authenticated = true;
  CHECK(announces("STARTTLS"));
  now.security = Security::tls;
  CHECK(!announces("STARTTLS"));
  now.security = Security::clear;
  settings.offers_starttls = false;
  CHECK(!announces("STARTTLS"));
}

TEST(SmtpCapabilities, AuthWhereItWouldBeAccepted) {
  CHECK(!announces("AUTH PLAIN LOGIN"));
  now.security = Security::tls;
  CHECK(announces("AUTH PLAIN LOGIN"));
  now.is_authenticated = true;
  CHECK(!announces("AUTH PLAIN LOGIN"));
  now.security = Security::clear;
  now.is_authenticated = false;
  settings.auth_without_tls = true;
  CHECK(announces("AUTH PLAIN LOGIN"));
}

TEST(SmtpCapabilities, NoAuthWithoutMechanisms) {
  settings.mechanisms = "";
  settings.auth_without_tls = true;
  now.security = Security::tls;
  CHECK(!allows_auth(now));
}

TEST(SmtpCapabilities, AuthInTheClearOnlyWhereItIsAllowed) {
  CHECK(!allows_auth(now));
  settings.auth_without_tls = true;
  CHECK(allows_auth(now));
  settings.auth_without_tls = false;
  now.security = Security::tls;
  CHECK(allows_auth(now));
}
