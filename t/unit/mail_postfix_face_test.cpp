// SPDX-License-Identifier: ISC
//
// t/unit/mail_postfix_face_test.cpp - the log in the words of Postfix.

#include "mail/postfix_face.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace postern;
using log::Field;
using log::Level;
using log::Record;

namespace {

// All lines, each with its ident and its end.
std::string lines(std::string_view event, std::initializer_list<Field> fields,
                  Level level = Level::info) {
  const Record record{level, event, {fields.begin(), fields.size()}, {}, 77};
  std::string out;
  for (const log::Line& line : mail::postfix_face().lines(record)) {
    out += std::string(line.ident) + ": " + line.text + "\n";
  }
  return out;
}

std::string end(std::string_view after, std::string_view reason) {
  return lines("session_end", {{"peer", "192.0.2.5"},
                               {"commands", "ehlo=1 commands=1"},
                               {"after", after},
                               {"reason", reason}});
}

constexpr const char* disconnect =
    "postern/smtpd: disconnect from unknown[192.0.2.5] ehlo=1 commands=1\n";

}  // namespace

TEST_GROUP(MailPostfixFace){};

TEST(MailPostfixFace, AClientConnects) {
  STRCMP_EQUAL("postern/smtpd: connect from unknown[2001:db8::1]\n",
               lines("session_begin", {{"session", "1gk3"}, {"peer", "2001:db8::1"}}).c_str());
}

TEST(MailPostfixFace, TlsBeginsOrFails) {
  STRCMP_EQUAL(
      "postern/smtpd: Anonymous TLS connection established from unknown[192.0.2.5]: "
      "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384\n",
      lines("tls_begin",
            {{"peer", "192.0.2.5"}, {"tls", "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384"}})
          .c_str());
  STRCMP_EQUAL("postern/smtpd: SSL_accept error from unknown[192.0.2.5]: timed out\n",
               lines("tls_failed", {{"peer", "192.0.2.5"}, {"reason", "timed out"}}).c_str());
}

TEST(MailPostfixFace, AMessageIsReceivedAndQueued) {
  STRCMP_EQUAL(
      "postern/smtpd: 1gk3_1: client=unknown[192.0.2.5]\n"
      "postern/qmgr: 1gk3_1: from=<a@example.org>, size=597, nrcpt=2 (queue active)\n",
      lines("message_accepted", {{"message", "1gk3-1"},
                                 {"peer", "192.0.2.5"},
                                 {"login", ""},
                                 {"mechanism", ""},
                                 {"from", "a@example.org"},
                                 {"recipients", 2},
                                 {"size", 597}})
          .c_str());
}

TEST(MailPostfixFace, AMessageNamesWhoLoggedIn) {
  STRCMP_EQUAL(
      "postern/smtpd: 1_1: client=unknown[192.0.2.5], sasl_method=PLAIN, "
      "sasl_username=alice\n"
      "postern/qmgr: 1_1: from=<>, size=1, nrcpt=1 (queue active)\n",
      lines("message_accepted", {{"message", "1-1"},
                                 {"peer", "192.0.2.5"},
                                 {"login", "alice"},
                                 {"mechanism", "PLAIN"},
                                 {"from", ""},
                                 {"recipients", 1},
                                 {"size", 1}})
          .c_str());
}

TEST(MailPostfixFace, AfterItsLastRecipientAMessageIsRemoved) {
  const auto recipient = [](int number) {
    return lines("message_recipient", {{"message", "1-1"},
                                       {"to", "b@example.net"},
                                       {"number", number},
                                       {"recipients", 2},
                                       {"delay_ms", 1042}});
  };
  const std::string sent =
      "postern/spool: 1_1: to=<b@example.net>, relay=spool, delay=1.042, delays=1.042/0/0/0, "
      "dsn=2.0.0, status=sent (committed to spool)\n";
  STRCMP_EQUAL(sent.c_str(), recipient(1).c_str());
  STRCMP_EQUAL((sent + "postern/qmgr: 1_1: removed\n").c_str(), recipient(2).c_str());
}

TEST(MailPostfixFace, ARecipientIsRefusedInTheWordsThatToolsKnow) {
  STRCMP_EQUAL(
      "postern/smtpd: NOQUEUE: reject: RCPT from unknown[192.0.2.5]: 550 5.7.1 "
      "<b@example.net>: Relay access denied; from=<a@example.org> to=<b@example.net> "
      "proto=ESMTP helo=<client.example>\n",
      lines("recipient_refused", {{"peer", "192.0.2.5"},
                                  {"helo", "client.example"},
                                  {"protocol", "ESMTP"},
                                  {"from", "a@example.org"},
                                  {"to", "b@example.net"},
                                  {"reply", "550 5.7.1 Relaying denied: no"}})
          .c_str());
}

TEST(MailPostfixFace, OtherRefusalsAreInOurWords) {
  STRCMP_EQUAL(
      "postern/smtpd: NOQUEUE: reject: MAIL from unknown[192.0.2.5]: 552 5.3.4 "
      "<a@example.org>: Message is bigger than 1 octets; from=<a@example.org> proto=SMTP "
      "helo=<x>\n",
      lines("sender_refused", {{"peer", "192.0.2.5"},
                               {"helo", "x"},
                               {"protocol", "SMTP"},
                               {"from", "a@example.org"},
                               {"reply", "552 5.3.4 Message is bigger than 1 octets"}})
          .c_str());
  STRCMP_EQUAL(
      "postern/smtpd: NOQUEUE: reject: MAIL from unknown[192.0.2.5]: 552 <>: Too big; "
      "from=<> proto= helo=<>\n",
      lines("sender_refused", {{"peer", "192.0.2.5"}, {"reply", "552 Too big"}}).c_str());
}

TEST(MailPostfixFace, ABlockedClientIsNamedAsSuch) {
  STRCMP_EQUAL(
      "postern/smtpd: NOQUEUE: reject: MAIL from unknown[192.0.2.5]: 550 5.7.1 "
      "<192.0.2.5>: Client host rejected: Not accepted; from=<a@b> proto=ESMTP helo=<x>\n",
      lines("sender_refused", {{"peer", "192.0.2.5"},
                               {"helo", "x"},
                               {"protocol", "ESMTP"},
                               {"from", "a@b"},
                               {"reply", "550 5.7.1 Not accepted"}})
          .c_str());
}

TEST(MailPostfixFace, ABlockedClientMayBeRefusedAtOnce) {
  STRCMP_EQUAL(
      "postern/smtpd: NOQUEUE: reject: CONNECT from unknown[192.0.2.5]: 554 5.7.1 "
      "<192.0.2.5>: Client host rejected: Not accepted; proto=SMTP\n",
      lines("client_blocked", {{"peer", "192.0.2.5"}, {"reply", "554 5.7.1 Not accepted"}})
          .c_str());
}

TEST(MailPostfixFace, AMessageIsRefusedAtItsEndOrItsBeginning) {
  const auto refused = [](std::string_view message) {
    return lines("message_refused", {{"message", message},
                                     {"peer", "192.0.2.5"},
                                     {"helo", "x"},
                                     {"protocol", "ESMTP"},
                                     {"from", "a@b"},
                                     {"reply", "554 5.6.0 Has a NUL"}});
  };
  STRCMP_EQUAL(
      "postern/smtpd: 1_1: reject: END-OF-MESSAGE from unknown[192.0.2.5]: 554 5.6.0 Has "
      "a NUL; from=<a@b> proto=ESMTP helo=<x>\n",
      refused("1-1").c_str());
  STRCMP_EQUAL(
      "postern/smtpd: NOQUEUE: reject: DATA from unknown[192.0.2.5]: 554 5.6.0 Has "
      "a NUL; from=<a@b> proto=ESMTP helo=<x>\n",
      refused("").c_str());
}

TEST(MailPostfixFace, AWrongPasswordIsTheClientsFaultAndADeadHelperIsNot) {
  const auto failed = [](std::string_view reply) {
    return lines(
        "login_failed",
        {{"peer", "192.0.2.5"}, {"login", "alice"}, {"mechanism", "PLAIN"}, {"reply", reply}},
        Level::warning);
  };
  STRCMP_EQUAL(
      "postern/smtpd: warning: unknown[192.0.2.5]: SASL PLAIN authentication failed: "
      "authentication failure, sasl_username=alice\n",
      failed("535 5.7.8 Wrong").c_str());
  STRCMP_EQUAL(
      "postern/smtpd: warning: unknown[192.0.2.5]: SASL PLAIN authentication failed: "
      "Connection lost to authentication server, sasl_username=alice\n",
      failed("454 4.7.0 Later").c_str());
}

TEST(MailPostfixFace, WhoTalksTooEarlyIsCaught) {
  for (const char* event : {"early_talker", "input_refused"}) {
    STRCMP_EQUAL(
        "postern/smtpd: improper command pipelining after AUTH from "
        "unknown[192.0.2.5]: 554 5.5.0 No\n",
        lines(event, {{"peer", "192.0.2.5"}, {"after", "AUTH"}, {"reply", "554 5.5.0 No"}})
            .c_str());
  }
}

TEST(MailPostfixFace, ASessionThatEndsWell) {
  STRCMP_EQUAL(disconnect, end("QUIT", "quit").c_str());
}

TEST(MailPostfixFace, ASessionThatEndsBadly) {
  const auto with = [](const char* line) {
    return std::string("postern/smtpd: ") + line + "\n" + disconnect;
  };
  STRCMP_EQUAL(with("lost connection after DATA from unknown[192.0.2.5]").c_str(),
               end("DATA", "closed by peer").c_str());
  STRCMP_EQUAL(with("lost connection after CONNECT from unknown[192.0.2.5]").c_str(),
               end("CONNECT", "TLS handshake failed").c_str());
  STRCMP_EQUAL(with("timeout after RCPT from unknown[192.0.2.5]").c_str(),
               end("RCPT", "421 4.4.2 mail.example.org Timed out waiting for you").c_str());
  STRCMP_EQUAL(with("timeout after EHLO from unknown[192.0.2.5]").c_str(),
               end("EHLO", "client does not read").c_str());
  STRCMP_EQUAL(with("too many errors after AUTH from unknown[192.0.2.5]").c_str(),
               end("AUTH", "421 4.7.0 mail.example.org Too many failed logins, closing").c_str());
}

// A tool must not hold these against the client.
TEST(MailPostfixFace, WhatWeHaveEndedOurselvesIsNoFaultOfTheClient) {
  STRCMP_EQUAL(disconnect, end("EHLO", "421 4.3.2 mail.example.org Server is restarting").c_str());
  STRCMP_EQUAL(disconnect, end("EHLO", "server stops").c_str());
  STRCMP_EQUAL(disconnect, end("CONNECT", "421 4.7.0 mail.example.org Too many").c_str());
}

TEST(MailPostfixFace, WhatPostfixHasNoWordsForIsKeyAndValue) {
  STRCMP_EQUAL("postern/smtpd: serving workers=2\n", lines("serving", {{"workers", 2}}).c_str());
  STRCMP_EQUAL("postern/smtpd: warning: channels_full peer=192.0.2.5\n",
               lines("channels_full", {{"peer", "192.0.2.5"}}, Level::warning).c_str());
  STRCMP_EQUAL("postern/smtpd: warning: spool_full error=\"No space\"\n",
               lines("spool_full", {{"error", "No space"}}, Level::alert).c_str());
}

TEST(MailPostfixFace, APeerCannotEndTheBracketsThatItsWordsStandIn) {
  const std::string text = lines("recipient_refused", {{"peer", "192.0.2.5"},
                                                       {"helo", "x> [192.0.2.1]\n"},
                                                       {"from", "\"a>, size=9\"@b"},
                                                       {"to", "<\xc3\xa9>"},
                                                       {"reply", "550 5.1.1 No"}});
  STRCMP_CONTAINS("from=<\\x22a\\x3e, size=9\\x22@b> to=<\\x3c\\xc3\\xa9\\x3e> ", text.c_str());
  STRCMP_CONTAINS("helo=<x\\x3e [192.0.2.1]\\x0a>\n", text.c_str());
}

TEST(MailPostfixFace, InAFileItLooksAsFromASyslogDaemon) {
  const Record record{Level::info, "e", {}, {}, 77};
  const std::string heading = mail::postfix_face().heading(record, "postern/smtpd");
  STRCMP_EQUAL(" postern/smtpd[77]: ",
               heading.substr(heading.rfind(' ', heading.size() - 2)).c_str());
  CHECK(heading.starts_with("19"));  // 1970, or 1969 in the west
}
