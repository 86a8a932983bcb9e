// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_limits_test.cpp - the bounds of one session.

#include <string>

#include "base/text.h"
#include "dialogue.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::test::check_dialogue;
using postern::test::check_dialogue_from_start;
using postern::test::pieces_of;
using postern::test::Scene;
using postern::test::SessionDriver;

namespace {

// The longest line that a session takes, CRLF included.
constexpr std::size_t max_line = 12288 + 64;

// A NOOP of so many octets, CRLF included.
std::string noop(std::size_t octets) {
  return cat("NOOP ", std::string(octets - 7, 'x'), "\r\n");
}

}  // namespace

TEST_GROUP(ServerSessionLimits) {
  Scene scene;

  // What comes of the input in pieces of so many octets.
  std::string record(const std::string& input, std::size_t octets) {
    SessionDriver driver(scene, SessionDriver::Answers::at_once);
    for (const std::string_view piece : pieces_of(input, octets)) driver.feed(piece);
    return driver.take_record();
  }
};

TEST(ServerSessionLimits, TheLongestLineIsTaken) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, max_line - 1, max_line}) {
    STRCMP_EQUAL("S: 250 2.0.0 OK\n", record(noop(max_line), piece).c_str());
  }
}

// RFC 5321 4.5.3.1: the next line is in step again.
TEST(ServerSessionLimits, ALongerLineIsDroppedWhole) {
  const std::string input = noop(max_line + 1) + noop(30000) + "QUIT\r\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, max_line, input.size()}) {
    STRCMP_EQUAL(
        "S: 500 5.5.6 Line too long\nS: 500 5.5.6 Line too long\n"
        "S: 221 2.0.0 mail.example.org Bye\nE: closed\n",
        record(input, piece).c_str());
  }
}

TEST(ServerSessionLimits, ALineTooLongCountsAsAnError) {
  scene.settings.limits.errors = 2;
  STRCMP_EQUAL(
      "S: 500 5.5.6 Line too long\n"
      "S: 421 4.7.0 mail.example.org Too many errors, closing\nE: closed\n",
      record(noop(20000) + noop(20000) + "NOOP\r\n", 4096).c_str());
}

TEST(ServerSessionLimits, TooManyErrorsEndTheSession) {
  scene.settings.limits.errors = 3;
  check_dialogue(scene, R"(
    C: WHAT
    S: 500 5.5.1
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1
    C: NOOP
    S: 250 2.0.0
    C: MAIL alice
    S: 421 4.7.0 mail.example.org Too many errors, closing
    E: closed
    C: NOOP
  )");
}

TEST(ServerSessionLimits, RefusedRecipientsAreErrors) {
  scene.settings.limits.errors = 2;
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    A: 550 5.7.1 Relaying denied
    S: 550 5.7.1
    C: RCPT TO:<carol@example.net>
    E: rcpt <carol@example.net>
    A: 550 5.7.1 Relaying denied
    S: 421 4.7.0 mail.example.org Too many errors, closing
    E: closed
  )");
}

TEST(ServerSessionLimits, TemporaryRefusalsAreNoErrors) {
  scene.settings.limits.errors = 1;
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    A: 452 4.3.1 Full
    S: 452 4.3.1
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    A: 452 4.3.1 Full
    S: 452 4.3.1
    C: WHAT
    S: 421 4.7.0
    E: closed
  )");
}

TEST(ServerSessionLimits, CountsErrorsForTheLog) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed("EHLO c\r\nWHAT\r\nMAIL\r\nNOOP\r\nRCPT\r\n");
  LONGS_EQUAL(3, driver.session().errors());
}

TEST(ServerSessionLimits, CommandsWithoutAMessageEndTheSession) {
  scene.settings.limits.idle_commands = 5;
  check_dialogue_from_start(scene, R"(
    C: NOOP
    S: 250 2.0.0
    C: RSET
    S: 250 2.0.0
    C: VRFY alice
    S: 252 2.5.0
    C: HELP
    S: 214 2.0.0
    C: EXPN staff
    S: 502 5.5.1
    C: NOOP
    S: 421 4.7.0 mail.example.org Too many commands without a message, closing
    E: closed
  )");
}

TEST(ServerSessionLimits, StepsTowardsAMessageAndQuitDoNotCount) {
  scene.settings.limits.idle_commands = 3;  // EHLO is the first
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: RCPT TO:<carol@example.net>
    E: rcpt <carol@example.net>
    S: 250 2.1.5
    C: DATA
    E: data
    A: 451 4.3.0 Trouble
    S: 451 4.3.0
    C: QUIT
    S: 221 2.0.0
    E: closed
  )");
}

// A client with more recipients than fit is told so for each, and still gets its message through.
TEST(ServerSessionLimits, RecipientsForLaterDoNotCount) {
  scene.settings.limits.idle_commands = 3;
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    A: 450 4.2.0 Later
    S: 450 4.2.0
    C: RCPT TO:<carol@example.net>
    E: rcpt <carol@example.net>
    S: 250 2.1.5
  )");
}

TEST(ServerSessionLimits, AnAcceptedMessageStartsTheCountAnew) {
  scene.settings.limits.idle_commands = 3;
  check_dialogue(scene, R"(
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
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
    C: NOOP
    S: 421 4.7.0
    E: closed
  )");
}

TEST(ServerSessionLimits, ARefusedMessageDoesNot) {
  scene.settings.limits.idle_commands = 3;
  check_dialogue(scene, R"(
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
    A: 451 4.3.0 Trouble
    S: 451 4.3.0
    C: NOOP
    S: 250 2.0.0
    C: NOOP
    S: 421 4.7.0
    E: closed
  )");
}

TEST(ServerSessionLimits, RecipientsAreLimited) {
  scene.settings.limits.recipients = 2;
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: RCPT TO:<carol@example.net>
    E: rcpt <carol@example.net>
    S: 250 2.1.5
    C: RCPT TO:<dave@example.net>
    S: 452 4.5.3
    C: DATA
    E: data
    S: 354
    C: .
    E: message
    S: 250 2.0.0
  )");
}

TEST(ServerSessionLimits, AddressesOfRecipientsAreLimitedInAll) {
  scene.settings.limits.recipients = 3;  // thus 384 octets
  const std::string original(200, 'x');
  const std::string rcpt = cat("C: RCPT TO:<b@example.net> ORCPT=rfc822;", original);
  const std::string taken =
      cat("E: rcpt <b@example.net> orcpt=rfc822;", original, "\nS: 250 2.1.5\n");
  check_dialogue(scene, cat("C: MAIL FROM:<a@example.org>\nE: mail <a@example.org>\nS: 250\n", rcpt,
                            "\n", taken, rcpt, "\n", taken, rcpt, "\nS: 452 4.5.3\n"));
}

TEST(ServerSessionLimits, WhoDoesNotListenToARefusalIsLetGo) {
  scene.settings.limits.recipients = 1;
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: RCPT TO:<carol@example.net>
    S: 452 4.5.3
    C: RCPT TO:<dave@example.net>
    S: 421 4.7.0
    E: closed
  )");
}

TEST(ServerSessionLimits, RefusedRecipientsTakeNoPlace) {
  scene.settings.limits.recipients = 1;
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    A: 550 5.7.1 Relaying denied
    S: 550 5.7.1
    C: RCPT TO:<carol@example.net>
    E: rcpt <carol@example.net>
    S: 250 2.1.5
    C: RCPT TO:<dave@example.net>
    S: 452 4.5.3
  )");
}

// RFC 1870 6.1.
TEST(ServerSessionLimits, AnAnnouncedSizeBeyondTheLimitIsRefusedAtMail) {
  check_dialogue(R"(
    C: MAIL FROM:<alice@example.org> SIZE=10001
    S: 552 5.3.4 Message is bigger than 10000 octets
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1
    C: MAIL FROM:<alice@example.org> SIZE=10000
    E: mail <alice@example.org> size=10000
    S: 250 2.1.0
  )");
}

// Law 4: a client that sends and does not read cannot make replies pile up.
TEST(ServerSessionLimits, RepliesThatNobodyTakesStopTheSession) {
  scene.settings.limits.idle_commands = 100000;
  postern::smtp::ServerSession session({.settings = scene.settings}, "s1");
  std::string input;
  for (int i = 0; i < 10000; ++i) input += "NOOP\r\n";
  std::string_view rest = input;
  CHECK(std::holds_alternative<postern::smtp::TakeReplies>(session.step(rest)));
  const std::size_t left = rest.size();
  CHECK(std::holds_alternative<postern::smtp::TakeReplies>(session.step(rest)));
  LONGS_EQUAL(left, rest.size());
  const std::string replies = session.take_replies();
  CHECK(replies.size() > 4096);
  CHECK(replies.size() < 4096 + 512);
  CHECK(std::holds_alternative<postern::smtp::TakeReplies>(session.step(rest)));
  CHECK(rest.size() < left);
}
