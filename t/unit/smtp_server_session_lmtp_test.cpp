// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_lmtp_test.cpp - the session as one of LMTP (RFC 2033).

#include <string>

#include "base/text.h"
#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::test::check_dialogue_from_start;
using postern::test::Scene;
using postern::test::SessionDriver;
namespace reply = postern::mail::reply;

namespace {

constexpr const char* until_recipients = R"(
    C: LHLO client.example
    S: 250-mail.example.org
    S: 250-PIPELINING
    S: 250-SIZE
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-ENHANCEDSTATUSCODES
    S: 250-DSN
    S: 250-CHUNKING
    S: 250-BINARYMIME
    S: 250 LIMITS
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: RCPT TO:<bad
    S: 501 5.1.3
    C: RCPT TO:<carol@example.net>
    E: rcpt <carol@example.net>
    S: 250 2.1.5
)";

}  // namespace

TEST_GROUP(ServerSessionLmtp) {
  Scene scene;

  void setup() override {
    scene.settings.protocol = postern::smtp::Protocol::lmtp;
    scene.settings.offers_starttls = false;
    scene.settings.mechanisms = "";
  }

  void check(const std::string& script) {
    check_dialogue_from_start(scene, script);
  }
  void check_message(const std::string& script) {
    check(cat(until_recipients, script));
  }
};

TEST(ServerSessionLmtp, GreetsAsLmtp) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.greet();
  STRCMP_EQUAL("S: 220 mail.example.org LMTP Postern s1\n", driver.take_record().c_str());
}

// RFC 2033 4.1.
TEST(ServerSessionLmtp, HasLhloAndNothingElse) {
  check(R"(
    C: EHLO client.example
    S: 502 5.5.1 Here one says LHLO
    C: HELO client.example
    S: 502 5.5.1 Here one says LHLO
    C: MAIL FROM:<alice@example.org>
    S: 503 5.5.1
    C: LHLO
    S: 501 5.5.4
    C: HELP
    S: 214 2.0.0 LHLO MAIL
  )");
}

// RFC 2033 4.2.
TEST(ServerSessionLmtp, EachRecipientHasItsReply) {
  check_message(R"(
    C: DATA
    E: data
    S: 354
    C: Hello
    C: .
    M: Hello
    E: message
    S: 250 2.0.0 Queued as m1
    S: 250 2.0.0 Queued as m1
    C: NOOP
    S: 250 2.0.0 OK
  )");
}

TEST(ServerSessionLmtp, ARefusalIsRepeatedToo) {
  check_message(R"(
    C: DATA
    E: data
    S: 354
    C: .
    E: message
    A: 451 4.3.0 Trouble
    S: 451 4.3.0 Trouble
    S: 451 4.3.0 Trouble
    C: NOOP
    S: 250 2.0.0 OK
  )");
}

TEST(ServerSessionLmtp, ARefusedTextHasAReplyForEach) {
  scene.settings.limits.message_octets = 2;
  check_message(R"(
    C: DATA
    E: data
    S: 354
    C: abc
    E: aborted 552 5.3.4 Message is bigger than 2 octets
    C: .
    S: 552 5.3.4
    S: 552 5.3.4
    C: NOOP
    S: 250 2.0.0 OK
  )");
}

TEST(ServerSessionLmtp, ARefusedDataHasOneReply) {
  check_message(R"(
    C: DATA
    E: data
    A: 452 4.3.1 Full
    S: 452 4.3.1 Full
    C: NOOP
    S: 250 2.0.0 OK
  )");
}

TEST(ServerSessionLmtp, TheLastChunkHasAReplyForEach) {
  check_message(R"(
    C: BDAT 1
    E: data
    C: x\
    S: 250 2.0.0 1 octets
    C: BDAT 1 LAST
    C: y\
    M: xy
    E: message
    S: 250 2.0.0 Queued as m1
    S: 250 2.0.0 Queued as m1
    C: NOOP
    S: 250 2.0.0 OK
  )");
}

// However many recipients there are, the replies that wait are bounded; the driver checks it.
TEST(ServerSessionLmtp, ManyRecipientsHaveManyReplies) {
  scene.settings.limits.recipients = 1000;
  scene.settings.limits.idle_commands = 100000;
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("LHLO c\r\nMAIL FROM:<>\r\n");
  for (int i = 0; i < 1000; ++i) driver.feed("RCPT TO:<bob@example.net>\r\n");
  driver.feed("DATA\r\n");
  driver.take_record();
  driver.feed(".\r\nNOOP\r\n");
  std::string expected = "E: message\n";
  for (int i = 0; i < 1000; ++i) expected += "S: 250 2.0.0 Queued as m1\n";
  STRCMP_EQUAL((expected + "S: 250 2.0.0 OK\n").c_str(), driver.take_record().c_str());
}

// What was decided is told, even if the session is ended from outside meanwhile.
TEST(ServerSessionLmtp, RepliesThatWaitComeBeforeAGoodbye) {
  postern::smtp::ServerSession session({.settings = scene.settings}, "s1");
  std::string_view input =
      "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.net>\r\nRCPT "
      "TO:<c@example.net>\r\nDATA\r\n.\r\n";
  for (const auto& reply : {reply::sender_ok(), reply::recipient_ok(), reply::recipient_ok(),
                            reply::start_text(), reply::queued("m1")}) {
    session.step(input);
    CHECK(session.owes_answer());
    session.take_replies();
    session.answer(reply);
  }
  CHECK(session.has_work());
  CHECK(!session.is_idle());
  session.close(reply::shutting_down("mail.example.org"));
  STRCMP_EQUAL(
      "250 2.0.0 Queued as m1\r\n250 2.0.0 Queued as m1\r\n"
      "421 4.3.2 mail.example.org Server is restarting, try again in a moment\r\n",
      session.take_replies().c_str());
}

TEST(ServerSessionLmtp, InSmtpThereIsNoLhlo) {
  scene.settings.protocol = postern::smtp::Protocol::smtp;
  check(R"(
    C: LHLO client.example
    S: 502 5.5.1 Here one says EHLO
  )");
}
