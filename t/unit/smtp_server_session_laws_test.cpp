// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_laws_test.cpp - the laws of the engine, one by one.
//
// SessionDriver checks them at each step of every other test of the session too.

#include <string>
#include <string_view>
#include <variant>

#include "mail/reply.h"
#include "session_driver.h"
#include "smtp/server_session.h"

#include <CppUTest/TestHarness.h>

using namespace postern::smtp;
namespace reply = postern::mail::reply;

TEST_GROUP(ServerSessionLaws) {
  Settings settings = postern::test::usual_settings();
  ServerSession session{{.settings = settings}, "s1"};
  std::string octets;
  std::string_view input;

  void setup() override {
    feed("EHLO client.example\r\n");
    CHECK(std::holds_alternative<NeedInput>(session.step(input)));
    session.take_replies();
  }

  void feed(const char* text) {
    octets = text;
    input = octets;
  }

  // The next event, which must be of this kind.
  template <typename Kind>
  Kind step() {
    Event event = session.step(input);
    CHECK(std::holds_alternative<Kind>(event));
    return std::get<Kind>(event);
  }

  void check_left(const char* expected) {
    STRCMP_EQUAL(expected, std::string(input).c_str());
  }

  void begin_text() {
    feed("MAIL FROM:<alice@example.org>\r\n");
    step<MailRequested>();
    session.answer(reply::sender_ok());
    feed("RCPT TO:<bob@example.net>\r\n");
    step<RcptRequested>();
    session.answer(reply::recipient_ok());
    feed("DATA\r\n");
    step<DataRequested>();
    session.answer(reply::start_text());
    session.take_replies();
  }
};

TEST(ServerSessionLaws, NothingIsConsumedPastAnEvent) {
  feed(
      "NOOP\r\nMAIL FROM:<alice@example.org>\r\nRCPT TO:<bob@example.net>\r\n"
      "DATA\r\ntext\r\n.\r\nQUIT\r\nmore");
  step<MailRequested>();
  check_left("RCPT TO:<bob@example.net>\r\nDATA\r\ntext\r\n.\r\nQUIT\r\nmore");
  session.answer(reply::sender_ok());
  step<RcptRequested>();
  check_left("DATA\r\ntext\r\n.\r\nQUIT\r\nmore");
  session.answer(reply::recipient_ok());
  step<DataRequested>();
  check_left("text\r\n.\r\nQUIT\r\nmore");
  session.answer(reply::start_text());
  step<Text>();
  check_left(".\r\nQUIT\r\nmore");
  step<MessageEnded>();
  check_left("QUIT\r\nmore");
  session.answer(reply::queued("m1"));
  step<Closed>();
  check_left("more");
}

TEST(ServerSessionLaws, WhatIsOwedAnAnswerSaysSo) {
  CHECK(!session.owes_answer());
  feed("AUTH LOGIN\r\n");
  step<AuthRequested>();
  CHECK(session.owes_answer());
  session.answer(reply::challenge(""));
  CHECK(!session.owes_answer());
  feed("YQ==\r\n");
  step<AuthResponded>();
  CHECK(session.owes_answer());
  session.answer(reply::auth_failed());
  CHECK(!session.owes_answer());
}

TEST(ServerSessionLaws, OctetsBehindStarttlsAreSeen) {
  feed("STARTTLS\r\n\x16\x03\x01");
  step<TlsRequested>();
  check_left("\x16\x03\x01");
}

TEST(ServerSessionLaws, HalfALineDoesNotSurviveIntoTls) {
  feed("STARTTLS\r\n");
  step<TlsRequested>();
  session.answer(reply::ready_for_tls());
  session.tls_started();
  session.take_replies();
  feed("EHLO client.example\r\n");
  step<NeedInput>();
  CHECK(session.take_replies().starts_with("250-mail.example.org\r\n"));
}

TEST(ServerSessionLaws, TextIsAViewOfTheInput) {
  begin_text();
  feed("one\r\n..two\r\nthree\r\n");
  const Text first = step<Text>();
  STRCMP_EQUAL("one\r\n", std::string(first.octets).c_str());
  POINTERS_EQUAL(octets.data(), first.octets.data());
  const Text second = step<Text>();
  STRCMP_EQUAL(".two\r\nthree\r\n", std::string(second.octets).c_str());
  POINTERS_EQUAL(octets.data() + 6, second.octets.data());
}

TEST(ServerSessionLaws, ClosedFromOutsideItSaysWhy) {
  feed("MAIL FROM:<alice@example.org>\r\n");
  session.close(reply::timed_out("mail.example.org"));
  step<Closed>();
  check_left("MAIL FROM:<alice@example.org>\r\n");
  STRCMP_EQUAL("421 4.4.2 mail.example.org Timed out waiting for you\r\n",
               session.take_replies().c_str());
  LONGS_EQUAL(421, session.farewell().code);
}

TEST(ServerSessionLaws, ItIsClosedOnce) {
  session.close(reply::timed_out("mail.example.org"));
  session.close(reply::shutting_down("mail.example.org"));
  STRCMP_EQUAL("421 4.4.2 mail.example.org Timed out waiting for you\r\n",
               session.take_replies().c_str());
  STRCMP_EQUAL("4.4.2", session.farewell().enhanced.c_str());
}

TEST(ServerSessionLaws, AnAnswerThatComesAfterTheEndIsDropped) {
  feed("MAIL FROM:<alice@example.org>\r\n");
  step<MailRequested>();
  session.close(reply::shutting_down("mail.example.org"));
  session.take_replies();
  session.answer(reply::sender_ok());
  STRCMP_EQUAL("", session.take_replies().c_str());
  CHECK(session.is_closed());
  CHECK(!session.transaction().has_sender());
  step<Closed>();
}

TEST(ServerSessionLaws, ClosingInTheTextEndsIt) {
  begin_text();
  feed("one\r\n.\r\n");
  session.close(reply::timed_out("mail.example.org"));
  step<Closed>();
  CHECK(!session.is_in_text());
}

TEST(ServerSessionLaws, WithoutInputNothingHappens) {
  for (int i = 0; i < 3; ++i) step<NeedInput>();
  STRCMP_EQUAL("", session.take_replies().c_str());
}
