// SPDX-License-Identifier: ISC
//
// t/unit/smtp_rcpt_command_test.cpp - the arguments of RCPT.

#include "smtp/rcpt_command.h"

#include <string>
#include <string_view>

#include "session_driver.h"

#include <CppUTest/TestHarness.h>

using namespace postern::smtp;
using postern::mail::Charset;
using postern::mail::Recipient;

TEST_GROUP(RcptCommand) {
  Settings settings = postern::test::usual_settings();
  Situation now{.settings = settings, .dialect = Dialect::esmtp};

  Recipient good(std::string_view arguments, Charset charset = Charset::ascii) {
    const auto recipient = parse_rcpt(arguments, charset, now);
    CHECK_TEXT(recipient.has_value(), std::string(arguments).c_str());
    return *recipient;
  }

  std::string refusal(std::string_view arguments, Charset charset = Charset::ascii) {
    const auto recipient = parse_rcpt(arguments, charset, now);
    return recipient ? "" : recipient.error().line();
  }
};

TEST(RcptCommand, HasNoParametersByDefault) {
  const Recipient recipient = good("TO:<bob@example.net>  ");
  STRCMP_EQUAL("bob@example.net", recipient.address.to_string().c_str());
  CHECK(!recipient.notify && !recipient.original);
}

// RFC 3461 4.1, 4.2.
TEST(RcptCommand, DsnHasTwoParameters) {
  const Recipient recipient =
      good("TO:<bob@example.net> NOTIFY=success,delay ORCPT=rfc822;robert+2Bx@example.com");
  CHECK(recipient.notify->success && recipient.notify->delay && !recipient.notify->failure);
  STRCMP_EQUAL("rfc822", recipient.original->type.c_str());
  STRCMP_EQUAL("robert+x@example.com", recipient.original->address.c_str());
}

TEST(RcptCommand, MalformedValuesAreRefused) {
  for (const char* bad : {"NOTIFY", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SOMETIMES",
                          "NOTIFY=SUCCESS,SUCCESS", "ORCPT", "ORCPT=bob", "ORCPT=rfc822;+zz"}) {
    STRCMP_CONTAINS("501 5.5.4", refusal(std::string("TO:<bob@example.net> ") + bad).c_str());
  }
}

// RFC 6533 3: what is not ASCII in ORCPT needs SMTPUTF8 too.
TEST(RcptCommand, OrcptMayBeUtf8) {
  const char* arguments =
      "TO:<bob@example.net> ORCPT=utf-8;r\xc3\xb6"
      "bert@example.com";
  STRCMP_CONTAINS("501 5.5.4", refusal(arguments).c_str());
  STRCMP_EQUAL(
      "r\xc3\xb6"
      "bert@example.com",
      good(arguments, Charset::utf8).original->address.c_str());
}

TEST(RcptCommand, OtherParametersAreUnknown) {
  STRCMP_EQUAL("555 5.5.4 Unknown parameter RRVS",
               refusal("TO:<bob@example.net> RRVS=2014-04-03T23:01:00Z").c_str());
}

TEST(RcptCommand, WithoutDsnNoParameterIsKnown) {
  settings.extensions.dsn = false;
  STRCMP_CONTAINS("555 5.5.4", refusal("TO:<bob@example.net> NOTIFY=NEVER").c_str());
  settings.extensions.dsn = true;
  now.dialect = Dialect::smtp;
  STRCMP_CONTAINS("555 5.5.4", refusal("TO:<bob@example.net> NOTIFY=NEVER").c_str());
}

TEST(RcptCommand, AddressesBeyondAsciiNeedSmtputf8) {
  STRCMP_CONTAINS("553 5.6.7", refusal("TO:<\xc3\xa9@example.org>").c_str());
  STRCMP_EQUAL("", refusal("TO:<\xc3\xa9@example.org>", Charset::utf8).c_str());
}
