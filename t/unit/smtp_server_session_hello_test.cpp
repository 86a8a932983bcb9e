// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_hello_test.cpp - greeting, EHLO and HELO.

#include <string>

#include "base/text.h"
#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::smtp::Security;
using postern::test::check_dialogue;
using postern::test::check_dialogue_from_start;
using postern::test::Scene;
using postern::test::SessionDriver;

TEST_GROUP(ServerSessionHello) {
  Scene scene;

  // The protocol that Received names after these lines.
  std::string protocol_after(const std::string& lines) {
    SessionDriver driver(scene, SessionDriver::Answers::at_once);
    driver.feed(lines);
    return driver.session().protocol();
  }
};

// RFC 5321 3.1, 7.5.
TEST(ServerSessionHello, GreetsWithHostNameAndSessionId) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.greet();
  STRCMP_EQUAL("S: 220 mail.example.org ESMTP Postern s1\n", driver.take_record().c_str());
}

TEST(ServerSessionHello, EhloAnnouncesWhatHolds) {
  check_dialogue_from_start(R"(
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
    S: 250-STARTTLS
    S: 250 AUTH PLAIN LOGIN
  )");
}

TEST(ServerSessionHello, EhloAnnouncesNeitherTlsNorAuthWhereNoneIsOffered) {
  scene.settings.offers_starttls = false;
  scene.settings.mechanisms = "";
  check_dialogue_from_start(scene, R"(
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
    S: 250 LIMITS RCPTMAX=100
  )");
}

TEST(ServerSessionHello, EhloAnnouncesNoAuthInTheClearThatNeedsTls) {
  scene.settings.auth_without_tls = false;
  check_dialogue_from_start(scene, R"(
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
    S: 250 STARTTLS
  )");
}

TEST(ServerSessionHello, EhloUnderTlsAnnouncesAuthAndNotStarttls) {
  scene.settings.auth_without_tls = false;
  scene.security = Security::tls;
  check_dialogue_from_start(scene, R"(
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
  )");
}

TEST(ServerSessionHello, EhloAfterLoginAnnouncesNoAuth) {
  check_dialogue(R"(
    C: AUTH PLAIN AGEAYg==
    E: auth PLAIN (\x00a\x00b)
    S: 235 2.7.0
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
    S: 250 STARTTLS
  )");
}

TEST(ServerSessionHello, HeloAnnouncesNothing) {
  check_dialogue_from_start(R"(
    C: HELO client.example
    S: 250 mail.example.org
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
  )");
}

TEST(ServerSessionHello, AfterHeloThereAreNoExtensions) {
  check_dialogue_from_start(R"(
    C: HELO client.example
    S: 250 mail.example.org
    C: MAIL FROM:<alice@example.org> SIZE=100
    S: 555 5.5.4 Unknown parameter SIZE
    C: MAIL FROM:<alice@example.org> BODY=8BITMIME
    S: 555 5.5.4 Unknown parameter BODY
    C: MAIL FROM:<alice@example.org> SMTPUTF8
    S: 555 5.5.4 Unknown parameter SMTPUTF8
    C: AUTH PLAIN AGEAYg==
    S: 503 5.5.1 EHLO first
  )");
}

TEST(ServerSessionHello, EhloAfterHeloBringsTheExtensions) {
  check_dialogue(R"(
    C: HELO client.example
    S: 250 mail.example.org
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
    S: 250-STARTTLS
    S: 250 AUTH
    C: MAIL FROM:<alice@example.org> SIZE=100
    E: mail <alice@example.org> size=100
    S: 250 2.1.0
  )");
}

TEST(ServerSessionHello, NeedsAName) {
  check_dialogue_from_start(R"(
    C: EHLO
    S: 501 5.5.4
    C: HELO
    S: 501 5.5.4
    C: EHLO two names
    S: 501 5.5.4
    C: HELO caf\xc3\xa9.example
    S: 501 5.5.4
    C: MAIL FROM:<alice@example.org>
    S: 503 5.5.1
  )");
}

TEST(ServerSessionHello, TakesTheOddNamesOfMailPrograms) {
  for (const char* name : {"[192.0.2.1]", "[IPv6:2001:db8::1]", "Bob's_PC", "localhost", "x"}) {
    check_dialogue_from_start(cat("C: HELO ", name, "\nS: 250 mail.example.org\n"));
  }
}

TEST(ServerSessionHello, ANameHasAtMost255Octets) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed(cat("HELO ", std::string(256, 'x'), "\r\n"));
  STRCMP_CONTAINS("S: 501 5.5.4", driver.take_record().c_str());
  STRCMP_EQUAL("", driver.session().helo().c_str());
  driver.feed(cat("HELO ", std::string(255, 'x'), "\r\n"));
  STRCMP_EQUAL("S: 250 mail.example.org\n", driver.take_record().c_str());
  STRCMP_EQUAL(std::string(255, 'x').c_str(), driver.session().helo().c_str());
}

TEST(ServerSessionHello, ABadNameChangesNothing) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: EHLO
    S: 501 5.5.4
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
  )");
}

// RFC 5321 4.1.4.
TEST(ServerSessionHello, EhloEndsATransaction) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: HELO client.example
    S: 250 mail.example.org
    C: DATA
    S: 503 5.5.1 RCPT first
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1 MAIL first
  )");
}

// RFC 3848, RFC 4954 7, RFC 6531 4.3.
TEST(ServerSessionHello, NamesTheProtocolForReceived) {
  STRCMP_EQUAL("SMTP", protocol_after("HELO c\r\n").c_str());
  STRCMP_EQUAL("ESMTP", protocol_after("EHLO c\r\n").c_str());
  STRCMP_EQUAL("ESMTPA", protocol_after("EHLO c\r\nAUTH PLAIN AGEAYg==\r\n").c_str());
  STRCMP_EQUAL("UTF8SMTP", protocol_after("EHLO c\r\nMAIL FROM:<> SMTPUTF8\r\n").c_str());
  scene.security = Security::tls;
  STRCMP_EQUAL("ESMTPS", protocol_after("EHLO c\r\n").c_str());
  STRCMP_EQUAL("ESMTPSA", protocol_after("EHLO c\r\nAUTH PLAIN AGEAYg==\r\n").c_str());
  STRCMP_EQUAL(
      "UTF8SMTPSA",
      protocol_after("EHLO c\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<> SMTPUTF8\r\n").c_str());
}
