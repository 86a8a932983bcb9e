// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_text_test.cpp - from DATA to the final dot.

#include <string>
#include <string_view>

#include "base/text.h"
#include "dialogue.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::test::check_dialogue;
using postern::test::pieces_of;
using postern::test::Scene;
using postern::test::SessionDriver;

namespace {

constexpr const char* until_text = R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: DATA
    E: data
    S: 354
)";

constexpr std::string_view commands_before_text =
    "MAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\n";

}  // namespace

TEST_GROUP(ServerSessionText) {
  Scene scene;

  void check_text(const std::string& script) {
    check_dialogue(scene, cat(until_text, script));
  }
};

TEST(ServerSessionText, AMessageMayBeEmpty) {
  check_text(R"(
    C: .
    E: message
    S: 250 2.0.0 Queued as m1
  )");
}

// RFC 5321 4.5.2.
TEST(ServerSessionText, RemovesTheStuffedDots) {
  check_text(R"(
    C: ..
    C: ...
    C: ..two
    C: a.b
    C: .x
    C: .
    M: .
    M: ..
    M: .two
    M: a.b
    M: x
    E: message
    S: 250 2.0.0
  )");
}

TEST(ServerSessionText, CommandsInTheTextAreText) {
  check_text(R"(
    C: QUIT
    C: RSET
    C: .
    M: QUIT
    M: RSET
    E: message
    S: 250 2.0.0
    C: NOOP
    S: 250 2.0.0
  )");
}

TEST(ServerSessionText, AnyOctetButBareCrAndLfIsText) {
  check_text(R"(
    C: \x00\x01\x7f\x80\xff
    C: .
    M: \x00\x01\x7f\x80\xff
    E: message
    S: 250 2.0.0
  )");
}

TEST(ServerSessionText, LinesMayBeLongerThanCommands) {
  scene.settings.limits.message_octets = 20000;
  const std::string line(13000, 'x');
  const std::string text = cat(line, "\r\n.\r\n");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, text.size()}) {
    SessionDriver driver(scene, SessionDriver::Answers::at_once);
    driver.feed(cat("EHLO c\r\n", commands_before_text));
    driver.take_record();
    for (const std::string_view part : pieces_of(text, piece)) driver.feed(part);
    const std::string expected = cat("M: ", line, "\nE: message\nS: 250 2.0.0 Queued as m1\n");
    CHECK(driver.take_record() == expected);
  }
}

TEST(ServerSessionText, PipelinedCommandsBehindTheDotAreObeyed) {
  check_text(R"(
    C: one
    C: .
    M: one
    E: message
    A: 250 2.0.0 Queued as m1
    S: 250 2.0.0 Queued as m1
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<carol@example.com>
    E: rcpt <carol@example.com>
    S: 250 2.1.5
    C: DATA
    E: data
    S: 354
    C: two
    C: .
    M: two
    E: message
    A: 250 2.0.0 Queued as m2
    S: 250 2.0.0 Queued as m2
  )");
}

// RFC 5321 2.3.8: repaired, it would be a second message that somebody else reads out of ours.
TEST(ServerSessionText, ABareLfBeforeOrBehindTheDotEndsTheSession) {
  for (const char* end : {R"(hello\n.)", R"(hello\r\n.\n\)", R"(hello\n.\n\)", R"(hello\n)"}) {
    check_text(cat("C: ", end, R"(
      S: 550 5.5.2
      E: aborted 550 5.5.2 Message lines must end in CR LF; found one without the other, closing
      E: closed
      C: .
      C: MAIL FROM:<eve@example.org>
    )"));
  }
}

TEST(ServerSessionText, ABareCrBeforeOrBehindTheDotEndsTheSession) {
  for (const char* end : {R"(hello\r.)", R"(hello\r\n.\r.)", R"(hello\r.\r.)", R"(hello\r\r\n\)"}) {
    check_text(cat("C: ", end, R"(
      S: 550 5.5.2
      E: aborted 550 5.5.2 Message lines must end in CR LF; found one without the other, closing
      E: closed
      C: .
      C: MAIL FROM:<eve@example.org>
    )"));
  }
}

// RFC 1870 6.3: counted, whatever was announced.
TEST(ServerSessionText, AMessageBeyondTheLimitIsRefusedAtItsEnd) {
  scene.settings.limits.message_octets = 10;
  check_text(R"(
    C: 12345678
    C: .
    M: 12345678
    E: message
    S: 250 2.0.0
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: DATA
    E: data
    S: 354
    C: 123456789
    E: aborted 552 5.3.4 Message is bigger than 10 octets
    C: and more
    C: .
    S: 552 5.3.4 Message is bigger than 10 octets
    C: DATA
    S: 503 5.5.1
  )");
}

TEST(ServerSessionText, StuffedDotsDoNotCountAndLineEndsDo) {
  scene.settings.limits.message_octets = 6;
  check_text(R"(
    C: ...
    C: ..
    E: aborted 552 5.3.4 Message is bigger than 6 octets
    C: .
    S: 552 5.3.4
  )");
  scene.settings.limits.message_octets = 7;
  check_text(R"(
    C: ...
    C: ..
    C: .
    M: ..
    M: .
    E: message
    S: 250 2.0.0
  )");
}

TEST(ServerSessionText, TheNextMessageAfterOneTooBigIsCountedAnew) {
  scene.settings.limits.message_octets = 10;
  check_text(R"(
    C: 0123456789
    E: aborted 552 5.3.4 Message is bigger than 10 octets
    C: .
    S: 552 5.3.4
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: DATA
    E: data
    S: 354
    C: 01234567
    C: .
    M: 01234567
    E: message
    S: 250 2.0.0
  )");
}

TEST(ServerSessionText, ABareLfBehindTooMuchTextEndsTheSessionToo) {
  scene.settings.limits.message_octets = 4;
  check_text(R"(
    C: 12345\n.
    E: aborted 552 5.3.4 Message is bigger than 4 octets
    S: 550 5.5.2
    E: aborted 550 5.5.2 Message lines must end in CR LF; found one without the other, closing
    E: closed
  )");
}

TEST(ServerSessionText, ARefusalOfTheCallersIsGivenAtTheEnd) {
  check_text(R"(
    C: 1
    R: 554 5.4.6 Too many hops
    C: 2
    C: .
    S: 554 5.4.6 Too many hops
    C: DATA
    S: 503 5.5.1
  )");
}

TEST(ServerSessionText, TheFirstRefusalCounts) {
  scene.settings.limits.message_octets = 4;
  scene.text_refusal = {554, "5.4.6", "Too many hops"};
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed(cat("EHLO c\r\n", commands_before_text));
  driver.feed("1\r\n");
  driver.take_record();
  driver.feed("2345678\r\n.\r\n");
  STRCMP_EQUAL("S: 554 5.4.6 Too many hops\n", driver.take_record().c_str());
}

TEST(ServerSessionText, ASecondRefusalChangesNothing) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed(cat("EHLO c\r\n", commands_before_text));
  driver.session().refuse_text({554, "5.4.6", "Too many hops"});
  driver.session().refuse_text({552, "5.3.4", "Header is too big"});
  driver.take_record();
  driver.feed("x\r\n.\r\n");
  STRCMP_EQUAL("S: 554 5.4.6 Too many hops\n", driver.take_record().c_str());
}

TEST(ServerSessionText, ARefusalIsForgottenWithItsMessage) {
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  driver.feed(cat("EHLO c\r\n", commands_before_text, "x\r\n"));
  driver.session().refuse_text({554, "5.4.6", "Too many hops"});
  driver.take_record();
  driver.feed(".\r\n");
  STRCMP_EQUAL("S: 554 5.4.6 Too many hops\n", driver.take_record().c_str());
  driver.feed(cat(commands_before_text, ".\r\n"));
  STRCMP_CONTAINS("S: 250 2.0.0 Queued as m1\n", driver.take_record().c_str());
}
