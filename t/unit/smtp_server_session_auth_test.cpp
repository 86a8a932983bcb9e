// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_auth_test.cpp - AUTH (RFC 4954).

#include <string>

#include "base/text.h"
#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::smtp::Security;
using postern::test::check_dialogue;
using postern::test::Scene;
using postern::test::SessionDriver;

TEST_GROUP(ServerSessionAuth) {
  Scene scene;
};

TEST(ServerSessionAuth, PlainWithAnInitialResponse) {
  check_dialogue(R"(
    C: AUTH PLAIN AGFsaWNlAHNlc2FtZQ==
    E: auth PLAIN (\x00alice\x00sesame)
    S: 235 2.7.0 Authenticated
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
  )");
}

TEST(ServerSessionAuth, LoginWithTwoChallenges) {
  check_dialogue(R"(
    C: AUTH LOGIN
    E: auth LOGIN
    A: 334 VXNlcm5hbWU6
    S: 334 VXNlcm5hbWU6
    C: YWxpY2U=
    E: response (alice)
    A: 334 UGFzc3dvcmQ6
    S: 334 UGFzc3dvcmQ6
    C: c2VzYW1l
    E: response (sesame)
    S: 235 2.7.0
  )");
}

TEST(ServerSessionAuth, AnInitialResponseMayBeEmpty) {
  check_dialogue(R"(
    C: AUTH PLAIN =
    E: auth PLAIN ()
    A: 501 5.5.2 Malformed
    S: 501 5.5.2 Malformed
    C: AUTH PLAIN
    E: auth PLAIN
    A: 334 Og==
    S: 334 Og==
  )");
}

TEST(ServerSessionAuth, AnEmptyLineIsAnEmptyResponse) {
  check_dialogue(R"(
    C: AUTH LOGIN
    E: auth LOGIN
    A: 334 VXNlcm5hbWU6
    S: 334
    C:
    E: response ()
    A: 501 5.5.2 Malformed
    S: 501 5.5.2
  )");
}

TEST(ServerSessionAuth, TheNameOfTheMechanismMayBeInAnyCase) {
  check_dialogue(R"(
    C: auth  pLaIn   AGEAYg==
    E: auth pLaIn (\x00a\x00b)
    S: 235 2.7.0
  )");
}

TEST(ServerSessionAuth, AStarGivesUp) {
  check_dialogue(R"(
    C: AUTH LOGIN
    E: auth LOGIN
    A: 334 VXNlcm5hbWU6
    S: 334
    C: *
    S: 501 5.7.0 Authentication cancelled
    C: YWxpY2U=
    S: 500 5.5.1
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
  )");
}

TEST(ServerSessionAuth, WhatIsNoBase64EndsTheExchange) {
  for (const char* line : {"YWxpY2U", "YWxpY2U= ", "=", "* ", "YWxp Y2U=", "not base64",
                           "YQ=="
                           "YQ=="}) {
    check_dialogue(cat(R"(
      C: AUTH LOGIN
      E: auth LOGIN
      A: 334 VXNlcm5hbWU6
      S: 334
      C: )",
                       line, R"(
      S: 501 5.5.2 That is not base64
      C: NOOP
      S: 250 2.0.0
    )"));
  }
}

TEST(ServerSessionAuth, AnInitialResponseThatIsNoBase64NeverGetsFurther) {
  for (const char* response :
       {"AGEAYg=", "*", "====", "AGEAYg==x", "AGEAYh==", "AGEAYg== AGEAYg=="}) {
    check_dialogue(cat("C: AUTH PLAIN ", response, "\nS: 501 5.5.2 That is not base64\n"));
  }
}

TEST(ServerSessionAuth, CommandsInsideAnExchangeAreNoCommands) {
  check_dialogue(R"(
    C: AUTH LOGIN
    E: auth LOGIN
    A: 334 VXNlcm5hbWU6
    S: 334
    C: QUIT
    E: response (AB\x13)
    A: 501 5.5.2 Malformed
    S: 501 5.5.2
    C: QUIT
    S: 221 2.0.0
    E: closed
  )");
}

TEST(ServerSessionAuth, ABadLineEndIsAFailedResponse) {
  check_dialogue(R"(
    C: AUTH LOGIN
    E: auth LOGIN
    A: 334 VXNlcm5hbWU6
    S: 334
    C: YWxpY2U=\n\
    S: 500 5.5.2 Command lines must end in CR LF
    C: NOOP
    S: 250 2.0.0
  )");
}

TEST(ServerSessionAuth, OnlyWhatIsListedIsAMechanism) {
  check_dialogue(R"(
    C: AUTH CRAM-MD5
    S: 504 5.5.4
    C: AUTH PLAI AGEAYg==
    S: 504 5.5.4
    C: AUTH PLAIN,LOGIN
    S: 504 5.5.4
    C: AUTH
    S: 501 5.5.4 Syntax: AUTH mechanism
  )");
}

TEST(ServerSessionAuth, NeedsTlsWhereTheListenerSaysSo) {
  scene.settings.auth_without_tls = false;
  check_dialogue(scene, R"(
    C: AUTH PLAIN AGEAYg==
    S: 538 5.7.11
    C: AUTH LOGIN
    S: 538 5.7.11
  )");
  scene.security = Security::tls;
  check_dialogue(scene, R"(
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
  )");
}

TEST(ServerSessionAuth, IsNotThereWithoutMechanisms) {
  scene.settings.mechanisms = "";
  scene.security = Security::tls;
  check_dialogue(scene, R"(
    C: AUTH PLAIN AGEAYg==
    S: 503 5.5.1 AUTH is not offered here
  )");
}

// RFC 4954 4.
TEST(ServerSessionAuth, SucceedsOnceInASession) {
  check_dialogue(R"(
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
    C: AUTH PLAIN AGEAYg==
    S: 503 5.5.1 Already authenticated
    C: RSET
    S: 250 2.0.0
    C: HELO client.example
    S: 250 mail.example.org
    C: AUTH LOGIN
    S: 503 5.5.1 Already authenticated
  )");
}

TEST(ServerSessionAuth, MayBeTriedAgainAfterAFailure) {
  check_dialogue(R"(
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    A: 535 5.7.8 Wrong
    S: 535 5.7.8
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    A: 454 4.7.0 Later
    S: 454 4.7.0
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
  )");
}

TEST(ServerSessionAuth, OnlyASuccessAuthenticates) {
  SessionDriver driver(scene, SessionDriver::Answers::late);
  driver.feed("EHLO c\r\nAUTH PLAIN AGEAYg==\r\n");
  CHECK(!driver.session().is_authenticated());
  driver.session().answer({535, "5.7.8", "Wrong"});
  CHECK(!driver.session().is_authenticated());
  driver.feed("AUTH LOGIN\r\n");
  driver.session().answer({334, "", "VXNlcm5hbWU6"});
  CHECK(!driver.session().is_authenticated());
  driver.feed("YQ==\r\n");
  driver.session().answer({454, "4.7.0", "Later"});
  CHECK(!driver.session().is_authenticated());
  driver.feed("AUTH PLAIN AGEAYg==\r\n");
  driver.session().answer({235, "2.7.0", "Authenticated"});
  CHECK(driver.session().is_authenticated());
}

TEST(ServerSessionAuth, AfterTooManyFailuresTheSessionEnds) {
  scene.settings.limits.auth_failures = 2;
  check_dialogue(scene, R"(
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    A: 535 5.7.8 Wrong
    S: 535 5.7.8
    C: AUTH LOGIN
    E: auth LOGIN
    A: 334 VXNlcm5hbWU6
    S: 334
    C: YQ==
    E: response (a)
    A: 535 5.7.8 Wrong
    S: 421 4.7.0 mail.example.org Too many failed logins, closing
    E: closed
  )");
}

// RFC 4954 4: a line of an exchange may have 12288 octets.
TEST(ServerSessionAuth, TakesResponsesAsLongAsTheStandardAllows) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO c\r\n");
  driver.take_record();
  driver.feed(cat("AUTH PLAIN ", std::string(12288, 'A'), "\r\n"));
  STRCMP_CONTAINS("S: 235 2.7.0", driver.take_record().c_str());
}

TEST(ServerSessionAuth, ALineTooLongIsAFailedResponse) {
  scene.answers = {postern::mail::Reply{334, "", "VXNlcm5hbWU6"}};
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO c\r\nAUTH LOGIN\r\n");
  driver.take_record();
  driver.feed(cat(std::string(20000, 'A'), "\r\nNOOP\r\n"));
  STRCMP_EQUAL("S: 500 5.5.6 Line too long\nS: 250 2.0.0 OK\n", driver.take_record().c_str());
}

// RFC 4954 5: taken; whether it is believed is not for the session to say.
TEST(ServerSessionAuth, MailMaySayWhoAuthenticated) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org> AUTH=<>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<alice@example.org> AUTH=e+3Dmc2@example.com
    E: mail <alice@example.org> submitter=e=mc2@example.com
    S: 250 2.1.0
    C: RSET
    S: 250 2.0.0
    C: MAIL FROM:<alice@example.org> AUTH=e+3dmc2@example.com
    S: 501 5.5.4 Bad value of parameter AUTH
    C: MAIL FROM:<alice@example.org> AUTH
    S: 501 5.5.4 Bad value of parameter AUTH
  )");
}
