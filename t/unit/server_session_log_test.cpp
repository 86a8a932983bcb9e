// SPDX-License-Identifier: ISC
//
// t/unit/server_session_log_test.cpp - what a session leaves in the log.

#include "server/session_log.h"

#include <chrono>
#include <string>
#include <string_view>

#include "base/text.h"
#include "captured_log.h"
#include "session_driver.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using server::SessionLog;
using test::CapturedLog;
using test::Scene;
using test::SessionDriver;

namespace {

constexpr std::uint32_t most_temporary = 3;

// The events, without time, process and the fields that are the same everywhere.
std::string events_in(const std::string& text) {
  std::string out;
  for (const std::string_view line : split_lines(text)) {
    std::string event(line.substr(line.find("] ") + 2));
    for (const std::string_view same :
         {" session=1gk3", " peer=192.0.2.5", " login=\"\"", " helo=c.example"}) {
      if (const auto at = event.find(same); at != std::string::npos) event.erase(at, same.size());
    }
    out += event + "\n";
  }
  return out;
}

}  // namespace

TEST_GROUP(ServerSessionLog) {
  const std::string id = "1gk3";
  const PeerAddress peer = PeerAddress::tcp(*IpAddress::parse("192.0.2.5"), 40000);
  Scene scene;
  server::Login login;
  PeerSet traced_items;
  server::TraceList::Memory for_a_while{};
  const server::TracedPeers traced{traced_items, server::TraceList{for_a_while}};

  void trace() {
    CHECK(traced_items.add("192.0.2.0/24").has_value());
  }

  // What is logged when the client says this, line by line.
  std::string logged(std::string_view said, bool ends = false) {
    const CapturedLog log;
    SessionDriver driver(scene, SessionDriver::Answers::at_once);
    SessionLog session_log({id, peer, driver.session(), login}, traced, most_temporary);
    driver.session().keep(session_log);
    driver.feed(said);
    driver.finish();
    if (ends) session_log.end(0, "quit");
    return events_in(log.text());
  }
};

TEST(ServerSessionLog, WhatIsGrantedLeavesNothing) {
  STRCMP_EQUAL("", logged("EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRSET\r\n").c_str());
}

// The engine refuses these itself, without asking anybody.
TEST(ServerSessionLog, EachRefusalHasALine) {
  scene.settings.limits.message_octets = 1000;
  scene.settings.auth_without_tls = false;
  STRCMP_EQUAL(
      "info sender_refused protocol=ESMTP from=a@example.org "
      "reply=\"552 5.3.4 Message is bigger than 1000 octets\"\n"
      "info recipient_refused protocol=ESMTP from=\"\" to=b@example.net "
      "reply=\"503 5.5.1 MAIL first\"\n"
      "info message_refused message=\"\" protocol=ESMTP from=\"\" "
      "reply=\"503 5.5.1 RCPT first\"\n"
      "info command_refused protocol=ESMTP command=AUTH "
      "reply=\"538 5.7.11 Authenticate under TLS only: say STARTTLS first\"\n"
      "info command_refused protocol=ESMTP command=UNKNOWN "
      "reply=\"500 5.5.1 Command not recognized\"\n",
      logged("EHLO c.example\r\nMAIL FROM:<a@example.org> SIZE=2000\r\nRCPT TO:<b@example.net>\r\n"
             "DATA\r\nAUTH PLAIN\r\nXYZZY\r\n")
          .c_str());
}

TEST(ServerSessionLog, APolicysRefusalTellsSenderAndRecipient) {
  scene.answers = {mail::reply::sender_ok(), mail::reply::relay_denied()};
  STRCMP_EQUAL(
      "info recipient_refused protocol=ESMTP from=a@example.org to=b@example.net "
      "reply=\"550 5.7.1 Relaying denied: that is no domain of ours, and you have not "
      "logged in\"\n",
      logged("EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n").c_str());
}

TEST(ServerSessionLog, OnlySoManyTemporaryRefusalsAreWritten) {
  scene.settings.limits.recipients = 1;
  std::string said = "EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<0@example.net>\r\n";
  for (int i = 1; i <= 10; ++i) said += "RCPT TO:<x@example.net>\r\n";
  scene.settings.limits.recipients = 20;
  scene.answers = {mail::reply::sender_ok()};
  for (int i = 0; i < 11; ++i) scene.answers.emplace_back(mail::reply::no_space());
  const std::string text = logged(said);
  LONGS_EQUAL(most_temporary, split_lines(text).size());
}

TEST(ServerSessionLog, TheEndTellsWhatWasSaid) {
  STRCMP_EQUAL(
      "info session_end messages=0 errors=0 commands=\"ehlo=1 noop=1 commands=2\" after=NOOP "
      "reason=quit\n",
      logged("EHLO c.example\r\nNOOP\r\n", true).c_str());
  STRCMP_EQUAL(
      "info session_end messages=0 errors=0 commands=\"commands=0\" after=CONNECT "
      "reason=quit\n",
      logged("", true).c_str());
}

TEST(ServerSessionLog, WhatTheConnectionHasWrittenIsNotWrittenAgain) {
  scene.answers = {mail::reply::auth_failed()};
  scene.security = smtp::Security::tls;
  const CapturedLog log;
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  SessionLog session_log({id, peer, driver.session(), login}, traced, most_temporary);
  driver.session().keep(session_log);
  driver.feed("EHLO c.example\r\n");
  std::string_view input = "AUTH PLAIN AGEAYg==\r\n";
  while (!std::holds_alternative<smtp::AuthRequested>(driver.session().step(input))) {
  }
  session_log.refuse_login("a", mail::reply::auth_failed());
  driver.session().answer(mail::reply::auth_failed());
  STRCMP_EQUAL(
      "warning login_failed login=a mechanism=\"\" "
      "reply=\"535 5.7.8 User name or password is wrong\"\n",
      events_in(log.text()).c_str());
}

TEST(ServerSessionLog, TracesADialogue) {
  trace();
  const std::string text = logged("HELO c.example\r\nNOOP caf\xc3\xa9\r\n");
  STRCMP_EQUAL(
      "info dialogue direction=in line=\"HELO c.example\"\n"
      "info dialogue direction=out line=\"250 mail.example.org\"\n"
      "info dialogue direction=in line=\"NOOP caf\\xc3\\xa9\"\n"
      "info dialogue direction=out line=\"250 2.0.0 OK\"\n",
      text.c_str());
}

TEST(ServerSessionLog, TracesForAWhile) {
  const auto now = server::TraceList::Clock::now();
  CHECK(server::TraceList{for_a_while}.add(*peer.ip(), now, std::chrono::minutes{1}));
  STRCMP_CONTAINS("dialogue direction=in line=NOOP\n", logged("NOOP\r\n").c_str());
}

TEST(ServerSessionLog, TracesNobodyElse) {
  CHECK(traced_items.add("198.51.100.0/24").has_value());
  STRCMP_EQUAL("", logged("HELO c.example\r\n").c_str());
}

TEST(ServerSessionLog, ATraceHasEachLineOfAReply) {
  trace();
  const std::string text = logged("EHLO c.example\r\n");
  STRCMP_CONTAINS("direction=out line=250-mail.example.org\n", text.c_str());
  STRCMP_CONTAINS("direction=out line=250-PIPELINING\n", text.c_str());
}

TEST(ServerSessionLog, ATraceHidesPasswords) {
  trace();
  scene.security = smtp::Security::tls;
  scene.answers = {mail::reply::auth_failed(), mail::reply::challenge("U0VDUkVU"),
                   mail::reply::auth_failed()};
  const std::string text =
      logged("EHLO c.example\r\nAUTH PLAIN U0VDUkVU\r\nauth  login\r\nU0VDUkVU\r\n");
  STRCMP_CONTAINS("direction=in line=\"AUTH PLAIN [hidden]\"\n", text.c_str());
  STRCMP_CONTAINS("direction=in line=\"auth login\"\n", text.c_str());
  STRCMP_CONTAINS(
      "direction=out line=\"334 [hidden]\"\n"
      "info dialogue direction=in line=[hidden]\n",
      text.c_str());
  CHECK(text.find("U0VDUkVU") == std::string::npos);
}

// After a refused AUTH a client may go on as if it had been granted.
TEST(ServerSessionLog, ATraceHidesPasswordsThatComeWhereNoneAreTaken) {
  trace();
  const std::string text = logged(
      "AUTHPLAIN U0VDUkVU\r\n\"AUTH\" U0VDUkVU\r\nEHLO c.example\r\nAUTH LOGIN\r\nU0VDUkVU\r\n");
  LONGS_EQUAL(3, [&text] {
    std::size_t count = 0;
    for (const std::string_view line : split_lines(text)) count += line.ends_with("line=[hidden]");
    return count;
  }());
  CHECK(text.find("U0VDUkVU") == std::string::npos);
}

TEST(ServerSessionLog, ATraceCountsTheTextAndDoesNotShowIt) {
  trace();
  const CapturedLog log;
  SessionDriver driver(scene, SessionDriver::Answers::at_once);
  SessionLog session_log({id, peer, driver.session(), login}, traced, most_temporary);
  driver.session().keep(session_log);
  driver.feed("EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
  session_log.take_text("secret");
  session_log.take_text("text\r\n");
  driver.feed("secret\r\n.\r\n");
  driver.finish();
  const std::string text = events_in(log.text());
  STRCMP_CONTAINS(
      "direction=in line=\"[12 octets of text]\"\ninfo dialogue direction=out line=\"250 ",
      text.c_str());
  CHECK(text.find("secret") == std::string::npos);
}
