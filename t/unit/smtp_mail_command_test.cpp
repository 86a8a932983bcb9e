// SPDX-License-Identifier: ISC
//
// t/unit/smtp_mail_command_test.cpp - the arguments of MAIL.

#include "smtp/mail_command.h"

#include <string>
#include <string_view>

#include "session_driver.h"

#include <CppUTest/TestHarness.h>

using namespace postern::smtp;
using postern::mail::Body;
using postern::mail::ByMode;
using postern::mail::Return;

TEST_GROUP(MailCommand) {
  Settings settings = postern::test::usual_settings();
  Situation now{.settings = settings,
                .security = Security::tls,
                .dialect = Dialect::esmtp,
                .begun = 1795000000};

  void setup() override {
    settings.limits.hold_seconds = 1000;
    settings.extensions.require_tls = true;
    settings.extensions.future_release = true;
    settings.extensions.deliver_by = true;
    settings.extensions.mt_priority = true;
  }

  Sender good(std::string_view arguments) {
    const auto sender = parse_mail(arguments, now);
    CHECK_TEXT(sender.has_value(), std::string(arguments).c_str());
    return *sender;
  }

  // With a parameter behind an address.
  Sender with(const std::string& parameter) {
    return good("FROM:<a@example.org> " + parameter);
  }

  // The reply that refuses arguments; "" if they are taken.
  std::string refusal(std::string_view arguments) {
    const auto sender = parse_mail(arguments, now);
    return sender ? "" : sender.error().line();
  }

  void refuses(const std::string& parameter, const char* code) {
    const std::string line = refusal("FROM:<a@example.org> " + parameter);
    CHECK_TEXT(line.starts_with(code), (parameter + " gets: " + line).c_str());
  }
};

TEST(MailCommand, HasDefaults) {
  const Sender sender = good("FROM:<alice@example.org>");
  STRCMP_EQUAL("alice@example.org", sender.reverse_path.to_string().c_str());
  CHECK(sender.body == Body::seven_bit);
  CHECK(!sender.smtputf8 && !sender.require_tls);
  CHECK(!sender.declared_octets && !sender.ret && !sender.hold_for && !sender.hold_until);
  CHECK(!sender.by && !sender.priority && sender.submitter.empty());
}

TEST(MailCommand, ANullReversePathIsFine) {
  CHECK(good("FROM:<>").reverse_path.is_null());
}

TEST(MailCommand, SizeIsANumber) {
  settings.limits.message_octets = 18446744073709551615U;
  CHECK(with("SIZE=18446744073709551615").declared_octets == 18446744073709551615U);
  for (const char* bad : {"SIZE", "SIZE=x", "SIZE=-1", "SIZE=+1", "SIZE=123456789012345678901"}) {
    refuses(bad, "501 5.5.4");
  }
}

// RFC 1870 6.1.
TEST(MailCommand, ADeclaredSizeBeyondTheLimitIsRefused) {
  settings.limits.message_octets = 1000;
  with("SIZE=1000");
  refuses("SIZE=1001", "552 5.3.4");
  refuses("SIZE=99999999999999999999", "552 5.3.4");
}

TEST(MailCommand, BodyIsOneOfThree) {
  CHECK(with("BODY=7BIT").body == Body::seven_bit);
  CHECK(with("body=8bitmime").body == Body::eight_bit_mime);
  CHECK(with("BODY=BINARYMIME").body == Body::binary_mime);
  refuses("BODY", "501 5.5.4");
  refuses("BODY=9BIT", "501 5.5.4");
}

TEST(MailCommand, BodyDependsOnTheExtensions) {
  settings.extensions.binary_mime = false;
  refuses("BODY=BINARYMIME", "501 5.5.4");
  settings.extensions.eight_bit_mime = false;
  refuses("BODY=8BITMIME", "555 5.5.4");
}

// RFC 3461 4.3, 4.4.
TEST(MailCommand, DsnHasTwoParameters) {
  const Sender sender = with("RET=HDRS ENVID=QQ+2B314");
  CHECK(sender.ret == Return::headers);
  STRCMP_EQUAL("QQ+314", sender.envelope_id.c_str());
  CHECK(with("RET=full").ret == Return::full);
  for (const char* bad : {"RET", "RET=SOME", "ENVID", "ENVID=+zz"}) refuses(bad, "501 5.5.4");
}

TEST(MailCommand, RequiretlsHasNoValue) {
  CHECK(with("REQUIRETLS").require_tls);
  refuses("REQUIRETLS=YES", "501 5.5.4");
}

// RFC 8689 2.
TEST(MailCommand, RequiretlsNeedsTls) {
  now.security = Security::clear;
  refuses("REQUIRETLS", "530 5.7.10");
}

// RFC 4865 3.
TEST(MailCommand, HoldforIsBounded) {
  CHECK(with("HOLDFOR=1").hold_for == 1);
  CHECK(with("HOLDFOR=1000").hold_for == 1000);
  refuses("HOLDFOR=1001", "501 5.5.4 That is longer");
  for (const char* bad :
       {"HOLDFOR", "HOLDFOR=-1", "HOLDFOR=1s", "HOLDFOR=0", "HOLDFOR=01", "HOLDFOR=1234567890"}) {
    refuses(bad, "501 5.5.4 Bad");
  }
}

TEST(MailCommand, HolduntilIsBounded) {
  CHECK(with("HOLDUNTIL=2026-11-18T11:23:20Z").hold_until == 1795001000);
  CHECK(with("HOLDUNTIL=2001-01-01T00:00:00Z").hold_until == 978307200);  // it is over: now
  refuses("HOLDUNTIL=2026-11-18T11:23:21Z", "501 5.5.4 That is longer");
  refuses("HOLDUNTIL=tomorrow", "501 5.5.4 Bad");
  refuses("HOLDUNTIL", "501 5.5.4 Bad");
}

TEST(MailCommand, OneWayToHoldIsEnough) {
  refuses("HOLDFOR=1 HOLDUNTIL=2026-11-18T11:20:00Z", "501 5.5.4");
  refuses("HOLDUNTIL=2026-11-18T11:20:00Z HOLDFOR=1", "501 5.5.4");
}

// RFC 2852 4.
TEST(MailCommand, ByHasATimeAndAMode) {
  const Sender sender = with("BY=120;RT");
  LONGS_EQUAL(120, sender.by->seconds);
  CHECK(sender.by->mode == ByMode::return_message);
  CHECK(sender.by->trace);
  LONGS_EQUAL(-20, with("BY=-20;n").by->seconds);
  CHECK(with("BY=+7;N").by->mode == ByMode::notify);
  CHECK(!with("BY=+7;N").by->trace);
}

TEST(MailCommand, ByIsRefusedIfItIsMalformed) {
  for (const char* bad :
       {"BY", "BY=120", "BY=120;", "BY=120;X", "BY=120;T", "BY=120;RTT", "BY=;R", "BY=-;N",
        "BY=+-1;N", "BY=1234567890;N", "BY=0;R", "BY=-5;R", "BY=1.5;N", "BY=120;TR"}) {
    refuses(bad, "501 5.5.4");
  }
}

// RFC 6710 3.
TEST(MailCommand, PriorityIsADigit) {
  CHECK(with("MT-PRIORITY=3").priority == 3);
  CHECK(with("mt-priority=-9").priority == -9);
  CHECK(with("MT-PRIORITY=0").priority == 0);
  for (const char* bad : {"MT-PRIORITY", "MT-PRIORITY=10", "MT-PRIORITY=+1", "MT-PRIORITY=-",
                          "MT-PRIORITY=--1", "MT-PRIORITY=-0"}) {
    refuses(bad, "501 5.5.4");
  }
}

// RFC 4954 5.
TEST(MailCommand, AuthIsAnAddressOrNothing) {
  STRCMP_EQUAL("e=mc2@example.org", with("AUTH=e+3Dmc2@example.org").submitter.c_str());
  STRCMP_EQUAL("", with("AUTH=<>").submitter.c_str());
  for (const char* bad : {"AUTH", "AUTH=+zz", "AUTH=alice", "AUTH=a@b+0Ac"}) {
    refuses(bad, "501 5.5.4");
  }
}

TEST(MailCommand, AfterHeloNoParameterIsKnown) {
  now.dialect = Dialect::smtp;
  STRCMP_EQUAL("", refusal("FROM:<a@example.org>").c_str());
  for (const char* keyword : {"SIZE=1", "BODY=7BIT", "SMTPUTF8", "AUTH=<>", "RET=FULL"}) {
    refuses(keyword, "555 5.5.4");
  }
}

TEST(MailCommand, WithoutItsExtensionNoParameterIsKnown) {
  settings.extensions = {false, false, false, false, false, false, false,
                         false, false, false, false, false, false};
  for (const char* keyword :
       {"SIZE=1", "BODY=7BIT", "SMTPUTF8", "RET=FULL", "ENVID=x", "REQUIRETLS", "HOLDFOR=1",
        "HOLDUNTIL=2026-11-18T11:20:00Z", "BY=1;N", "MT-PRIORITY=1"}) {
    refuses(keyword, "555 5.5.4");
  }
}

TEST(MailCommand, AddressesBeyondAsciiNeedSmtputf8) {
  STRCMP_CONTAINS("553 5.6.7", refusal("FROM:<\xc3\xa9@example.org>").c_str());
  STRCMP_CONTAINS("553 5.6.7", refusal("FROM:<e@\xc3\xa9.org> BODY=8BITMIME").c_str());
  STRCMP_EQUAL("", refusal("FROM:<\xc3\xa9@example.org> SMTPUTF8").c_str());
}

TEST(MailCommand, WithoutSmtputf8NobodyIsToldToSayIt) {
  settings.extensions.smtputf8 = false;
  STRCMP_EQUAL("553 5.6.7 Address is not ASCII, and others are not taken here",
               refusal("FROM:<\xc3\xa9@example.org>").c_str());
}

TEST(MailCommand, ASyntaxErrorIsToldBeforeAMissingSmtputf8) {
  STRCMP_CONTAINS("501 5.1.7", refusal("FROM:<\xc3\xa9>").c_str());
  STRCMP_CONTAINS("555 5.5.4", refusal("FROM:<\xc3\xa9@example.org> FOO").c_str());
}
