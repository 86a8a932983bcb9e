// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_xclient_test.cpp - a proxy says whom it speaks for.

#include "smtp/server_session.h"

#include <string>

#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::test::check_dialogue;
using postern::test::check_dialogue_from_start;
using postern::test::Scene;
using postern::test::SessionDriver;

TEST_GROUP(ServerSessionXclient) {
  Scene scene;

  void setup() override {
    scene.may_xclient = true;
  }
};

TEST(ServerSessionXclient, NotForEverybody) {
  scene.may_xclient = false;
  check_dialogue(scene, R"(
    C: XCLIENT ADDR=192.0.2.1
    S: 502 5.5.1 XCLIENT is not implemented
  )");
}

TEST(ServerSessionXclient, TheSessionBeginsAnew) {
  check_dialogue(scene, R"(
    C: XCLIENT ADDR=192.0.2.1
    E: xclient address=192.0.2.1
    S: 220 mail.example.org ESMTP
    C: MAIL FROM:<alice@example.org>
    S: 503 5.5.1 EHLO first
    C: HELO client.example
    S: 250
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250
  )");
}

// RFC 3207 4.2: what was said in the clear must not reach into TLS.
TEST(ServerSessionXclient, NoTlsBehindIt) {
  check_dialogue(scene, R"(
    C: XCLIENT ADDR=192.0.2.1
    E: xclient address=192.0.2.1
    S: 220 mail.example.org ESMTP
    C: STARTTLS
    S: 503 5.5.1 Not after XCLIENT
  )");
}

TEST(ServerSessionXclient, NotDuringATransaction) {
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250
    C: XCLIENT ADDR=192.0.2.1
    S: 503 5.5.1 Not during a mail transaction
  )");
}

TEST(ServerSessionXclient, MalformedAttributesChangeNothing) {
  check_dialogue(scene, R"(
    C: XCLIENT ADDR=nowhere
    S: 501 5.5.4
    C: XCLIENT
    S: 501 5.5.4
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250
  )");
}

TEST(ServerSessionXclient, ARefusalChangesNothing) {
  check_dialogue(scene, R"(
    C: XCLIENT ADDR=192.0.2.1
    E: xclient address=192.0.2.1
    A: 550 5.7.1 No
    S: 550 5.7.1 No
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250
  )");
}

TEST(ServerSessionXclient, ALoginIsTakenForGranted) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO proxy.example\r\nXCLIENT LOGIN=alice HELO=client.example\r\n");
  CHECK(driver.session().is_authenticated());
  driver.feed("EHLO proxy.example\r\nXCLIENT LOGIN=[UNAVAILABLE]\r\n");
  CHECK(!driver.session().is_authenticated());
}

TEST(ServerSessionXclient, AnotherClientHasNotTheLoginOfTheOneBefore) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO proxy.example\r\nAUTH PLAIN AGEAYg==\r\n");
  CHECK(driver.session().is_authenticated());
  driver.feed("XCLIENT ADDR=192.0.2.1\r\n");
  CHECK(!driver.session().is_authenticated());
}

TEST(ServerSessionXclient, TheNameOfTheOtherStands) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO proxy.example\r\nXCLIENT HELO=client.example\r\nEHLO proxy.example\r\n");
  STRCMP_EQUAL("client.example", driver.session().helo().c_str());
}
