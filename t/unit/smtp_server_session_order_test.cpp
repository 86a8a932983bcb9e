// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_order_test.cpp - which command may come when (RFC 5321 4.1.4, 4.3).

#include <string>

#include "base/text.h"
#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::test::check_dialogue;
using postern::test::check_dialogue_from_start;
using postern::test::Scene;
using postern::test::SessionDriver;

TEST_GROUP(ServerSessionOrder) {
  Scene scene;
};

TEST(ServerSessionOrder, AMessageFromGreetingToQuit) {
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
    C: MAIL FROM:<alice@example.org> SIZE=20 BODY=8BITMIME
    E: mail <alice@example.org> body=8BITMIME size=20
    S: 250 2.1.0 Sender OK
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5 Recipient OK
    C: RCPT TO:<carol@example.com>
    E: rcpt <carol@example.com>
    S: 250 2.1.5 Recipient OK
    C: DATA
    E: data
    S: 354 Send the message
    C: Subject: x
    C:
    C: body
    C: .
    M: Subject: x
    M:
    M: body
    E: message
    S: 250 2.0.0 Queued as m1
    C: QUIT
    S: 221 2.0.0 mail.example.org Bye
    E: closed
  )");
}

TEST(ServerSessionOrder, BeforeEhloNothingIsDoneForAClient) {
  check_dialogue_from_start(R"(
    C: MAIL FROM:<alice@example.org>
    S: 503 5.5.1 EHLO first
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1 MAIL first
    C: DATA
    S: 503 5.5.1 RCPT first
    C: AUTH PLAIN AGEAYg==
    S: 503 5.5.1 EHLO first
  )");
}

// RFC 5321 4.1.4, 7.3.
TEST(ServerSessionOrder, TheHarmlessCommandsNeedNoEhlo) {
  check_dialogue_from_start(R"(
    C: NOOP
    S: 250 2.0.0
    C: RSET
    S: 250 2.0.0
    C: HELP
    S: 214 2.0.0
    C: VRFY alice
    S: 252 2.5.0
    C: EXPN staff
    S: 502 5.5.1
    C: MAIL FROM:<alice@example.org>
    S: 503 5.5.1
    C: QUIT
    S: 221 2.0.0
    E: closed
  )");
}

TEST(ServerSessionOrder, RcptNeedsMail) {
  check_dialogue(R"(
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1 MAIL first
    C: DATA
    S: 503 5.5.1 RCPT first
  )");
}

TEST(ServerSessionOrder, DataNeedsARecipient) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: DATA
    S: 503 5.5.1 RCPT first
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    A: 550 5.7.1 Relaying denied
    S: 550 5.7.1 Relaying denied
    C: DATA
    S: 503 5.5.1 RCPT first
    C: RCPT TO:<carol@example.com>
    E: rcpt <carol@example.com>
    S: 250 2.1.5
    C: DATA
    E: data
    S: 354
  )");
}

TEST(ServerSessionOrder, OneTransactionAtATime) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: MAIL FROM:<eve@example.org>
    S: 503 5.5.1 EHLO first, and one transaction at a time
    C: AUTH PLAIN AGEAYg==
    S: 503 5.5.1
    C: STARTTLS
    S: 503 5.5.1 Not during a mail transaction
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: MAIL FROM:<eve@example.org>
    S: 503 5.5.1
    C: AUTH PLAIN AGEAYg==
    S: 503 5.5.1
    C: STARTTLS
    S: 503 5.5.1
  )");
}

TEST(ServerSessionOrder, ARefusedSenderBeginsNoTransaction) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    A: 530 5.7.0 Authentication required
    S: 530 5.7.0 Authentication required
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1 MAIL first
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    A: 452 4.3.1 Full
    S: 452 4.3.1 Full
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1 MAIL first
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
  )");
}

TEST(ServerSessionOrder, RsetEndsATransaction) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: RSET
    S: 250 2.0.0 Flushed
    C: DATA
    S: 503 5.5.1
    C: MAIL FROM:<>
    E: mail <>
    S: 250 2.1.0
  )");
}

TEST(ServerSessionOrder, OtherCommandsDoNotDisturbATransaction) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: NOOP whatever this is
    S: 250 2.0.0
    C: VRFY bob
    S: 252 2.5.0
    C: HELP MAIL
    S: 214 2.0.0
    C: WHAT
    S: 500 5.5.1
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
  )");
}

TEST(ServerSessionOrder, WhenDataIsRefusedTheTransactionGoesOn) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: DATA
    E: data
    A: 451 4.3.0 Local trouble
    S: 451 4.3.0 Local trouble
    C: NOOP
    S: 250 2.0.0
    C: DATA
    E: data
    S: 354
    C: .
    E: message
    S: 250 2.0.0
  )");
}

// RFC 5321 4.1.1.4: the buffers are empty after the text, whatever became of it.
TEST(ServerSessionOrder, AMessageEndsItsTransaction) {
  for (const char* answer : {"250 2.0.0 Queued", "451 4.3.0 Local trouble", "554 5.6.0 No"}) {
    check_dialogue(cat(R"(
      C: MAIL FROM:<alice@example.org>
      E: mail <alice@example.org>
      S: 250 2.1.0
      C: RCPT TO:<bob@example.net>
      E: rcpt <bob@example.net>
      S: 250 2.1.5
      C: DATA
      E: data
      S: 354
      C: .
      E: message
      A: )",
                       answer, "\nS: ", answer, R"(
      C: DATA
      S: 503 5.5.1
      C: RCPT TO:<carol@example.com>
      S: 503 5.5.1
      C: MAIL FROM:<alice@example.org>
      E: mail <alice@example.org>
      S: 250 2.1.0
    )"));
  }
}

TEST(ServerSessionOrder, AfterQuitNothingIsRead) {
  check_dialogue(R"(
    C: QUIT
    S: 221 2.0.0
    E: closed
    C: NOOP
    C: EHLO client.example
  )");
}

TEST(ServerSessionOrder, HttpIsTurnedAwayAtOnce) {
  for (const char* line : {"GET / HTTP/1.1", "POST /x HTTP/1.1", "CONNECT mail.example.org:25",
                           "PUT /x HTTP/1.0", "HEAD / HTTP/1.1", "OPTIONS * HTTP/1.1"}) {
    check_dialogue_from_start(cat("C: ", line, R"(
      S: 421 4.7.0 mail.example.org
      E: closed
      C: EHLO client.example
    )"));
  }
}

TEST(ServerSessionOrder, SaysWhatAnEndedSessionEndedWith) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  LONGS_EQUAL(0, driver.session().farewell().code);
  driver.feed("QUIT\r\n");
  LONGS_EQUAL(221, driver.session().farewell().code);
  CHECK(driver.session().is_closed());
}

TEST(ServerSessionOrder, IsIdleOutsideOfATransactionOnly) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  CHECK(driver.session().is_idle());
  driver.feed("EHLO client.example\r\n");
  CHECK(driver.session().is_idle());
  driver.feed("MAIL FROM:<alice@example.org>\r\n");
  CHECK(!driver.session().is_idle());
  driver.feed("RCPT TO:<bob@example.net>\r\n");
  CHECK(!driver.session().is_idle());
  CHECK(!driver.session().is_in_text());
  driver.feed("DATA\r\n");
  CHECK(!driver.session().is_idle());
  CHECK(driver.session().is_in_text());
  driver.feed("x\r\n.\r\n");
  CHECK(driver.session().is_idle());
  CHECK(!driver.session().is_in_text());
}

TEST(ServerSessionOrder, KnowsWhatTheTransactionHasCollected) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO client.example\r\nMAIL FROM:<alice@example.org>\r\n");
  driver.feed("RCPT TO:<bob@example.net>\r\nRCPT TO:<carol@example.com>\r\n");
  const auto& transaction = driver.session().transaction();
  STRCMP_EQUAL("client.example", driver.session().helo().c_str());
  STRCMP_EQUAL("alice@example.org", transaction.sender().reverse_path.to_string().c_str());
  LONGS_EQUAL(2, transaction.recipients().size());
  STRCMP_EQUAL("carol@example.com", transaction.recipients().back().address.to_string().c_str());
  driver.feed("RSET\r\n");
  CHECK(!driver.session().transaction().has_sender());
  LONGS_EQUAL(0, driver.session().transaction().recipients().size());
  driver.feed("MAIL FROM:<alice@example.org>\r\nEHLO client.example\r\n");
  CHECK(!driver.session().transaction().has_sender());
}
