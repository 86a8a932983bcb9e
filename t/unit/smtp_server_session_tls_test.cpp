// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_tls_test.cpp - STARTTLS (RFC 3207).

#include <string>

#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::smtp::Security;
using postern::test::check_dialogue;
using postern::test::check_dialogue_from_start;
using postern::test::Scene;
using postern::test::SessionDriver;

TEST_GROUP(ServerSessionTls) {
  Scene scene;
};

TEST(ServerSessionTls, TheSessionBeginsAnewUnderTls) {
  check_dialogue_from_start(R"(
    C: STARTTLS
    E: tls
    S: 220 2.0.0 Ready to start TLS
    T: up
    C: MAIL FROM:<alice@example.org>
    S: 503 5.5.1 EHLO first
    C: EHLO client.example
    S: 250-mail.example.org
    S: 250-PIPELINING
    S: 250-SIZE 10000
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-ENHANCEDSTATUSCODES
    S: 250-DSN
    S: 250-CHUNKING
    S: 250-BINARYMIME
    S: 250-LIMITS RCPTMAX=100
    S: 250 AUTH PLAIN LOGIN
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
  )");
}

// RFC 3207 4.2: nothing the client said in the clear is remembered, its login least of all.
TEST(ServerSessionTls, ForgetsWhatWasSaidInTheClear) {
  check_dialogue(R"(
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
    C: STARTTLS
    E: tls
    S: 220 2.0.0
    T: up
    C: MAIL FROM:<alice@example.org>
    S: 503 5.5.1
    C: AUTH PLAIN AGEAYg==
    S: 503 5.5.1 EHLO first
    C: EHLO client.example
    S: 250-mail.example.org
    S: 250-PIPELINING
    S: 250-SIZE
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-ENHANCEDSTATUSCODES
    S: 250-DSN
    S: 250-CHUNKING
    S: 250-BINARYMIME
    S: 250-LIMITS RCPTMAX=100
    S: 250 AUTH PLAIN LOGIN
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
  )");
}

TEST(ServerSessionTls, ForgetsNameLoginAndDialect) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO client.example\r\nAUTH PLAIN AGEAYg==\r\nSTARTTLS\r\n");
  driver.finish_handshake();
  CHECK(!driver.session().is_authenticated());
  STRCMP_EQUAL("", driver.session().helo().c_str());
  STRCMP_EQUAL("SMTP", driver.session().protocol().c_str());
  CHECK(driver.session().is_idle());
}

TEST(ServerSessionTls, NeedsNoEhlo) {
  check_dialogue_from_start(R"(
    C: STARTTLS
    E: tls
    S: 220 2.0.0
  )");
}

TEST(ServerSessionTls, TakesNoArguments) {
  check_dialogue(R"(
    C: STARTTLS now
    S: 501 5.5.4 STARTTLS takes no arguments
    C: STARTTLS
    E: tls
    S: 220 2.0.0
  )");
}

TEST(ServerSessionTls, IsThereOnce) {
  check_dialogue(R"(
    C: STARTTLS
    E: tls
    S: 220 2.0.0
    T: up
    C: STARTTLS
    S: 503 5.5.1 TLS is active already
  )");
  scene.security = Security::tls;
  check_dialogue_from_start(scene, R"(
    C: STARTTLS
    S: 503 5.5.1 TLS is active already
  )");
}

TEST(ServerSessionTls, IsNotThereWhereItIsNotOffered) {
  scene.settings.offers_starttls = false;
  check_dialogue(scene, R"(
    C: STARTTLS
    S: 502 5.5.1 STARTTLS is not offered here
  )");
}

TEST(ServerSessionTls, WhenItIsRefusedTheSessionGoesOnInTheClear) {
  scene.answers = {postern::mail::Reply{454, "4.7.0", "TLS not available"}};
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO client.example\r\n");
  driver.take_record();
  driver.feed("STARTTLS\r\n");
  STRCMP_EQUAL("E: tls\nS: 454 4.7.0 TLS not available\n", driver.take_record().c_str());
  driver.feed("MAIL FROM:<alice@example.org>\r\n");
  STRCMP_EQUAL("E: mail <alice@example.org>\nS: 250 2.1.0 Sender OK\n",
               driver.take_record().c_str());
}

// CVE-2011-0411: what somebody in between put behind STARTTLS is there, and not read.
// RFC 3207 6.
TEST(ServerSessionTls, WhatStandsBehindStarttlsIsLeftOver) {
  for (const auto answers : {SessionDriver::Answers::at_once, SessionDriver::Answers::late}) {
    SessionDriver driver(scene, answers);
    driver.feed("EHLO client.example\r\n");
    driver.take_record();
    driver.feed("STARTTLS\r\nMAIL FROM:<eve@example.org>\r\n");
    driver.finish();
    STRCMP_EQUAL("MAIL FROM:<eve@example.org>\r\n", driver.input().c_str());
    STRCMP_EQUAL("E: tls\nS: 554 5.5.0 Data behind STARTTLS before its reply, closing\n",
                 driver.take_record().c_str());
    CHECK(driver.session().is_closed());
  }
}

TEST(ServerSessionTls, HalfALineBehindStarttlsIsLeftOverToo) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO client.example\r\n");
  driver.feed("STARTTLS\r\nX");
  STRCMP_EQUAL("X", driver.input().c_str());
  CHECK(driver.session().is_closed());
}

TEST(ServerSessionTls, NothingIsReadDuringTheHandshake) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO client.example\r\nSTARTTLS\r\n");
  driver.take_record();
  driver.feed("NOOP\r\n");
  STRCMP_EQUAL("NOOP\r\n", driver.input().c_str());
  STRCMP_EQUAL("", driver.take_record().c_str());
}
