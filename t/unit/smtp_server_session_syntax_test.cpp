// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_syntax_test.cpp - what commands must look like.

#include <string>

#include "base/text.h"
#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::test::check_dialogue;
using postern::test::check_dialogue_from_start;

namespace {

void check_line(const std::string& line, const std::string& reply) {
  check_dialogue(cat("C: ", line, "\nS: ", reply, "\n"));
}

void check_sender(const std::string& arguments, const std::string& event) {
  check_dialogue(cat("C: MAIL FROM:", arguments, "\nE: mail ", event, "\nS: 250 2.1.0\n"));
}

void check_recipient(const std::string& line, const std::string& result) {
  check_dialogue(cat("C: MAIL FROM:<>\nE: mail <>\nS: 250 2.1.0\nC: ", line, "\n", result, "\n"));
}

}  // namespace

TEST_GROUP(ServerSessionSyntax){};

TEST(ServerSessionSyntax, UnknownCommands) {
  check_line("", "500 5.5.1 Command not recognized");
  check_line("HELLO", "500 5.5.1 Command not recognized");
  check_line("NOO", "500 5.5.1 Command not recognized");
  check_line("NOOP\\x00", "500 5.5.1 Command not recognized");
  check_line("N\\xc3\\xb6\\xc3\\xb6P", "500 5.5.1 Command not recognized");
  check_line(".", "500 5.5.1 Command not recognized");
}

TEST(ServerSessionSyntax, KnownAndNotImplemented) {
  check_line("EXPN staff", "502 5.5.1 EXPN is not implemented");
  check_line("etrn example.org", "502 5.5.1 etrn is not implemented");
}

// RFC 5321 2.4.
TEST(ServerSessionSyntax, VerbsMayBeInAnyCase) {
  check_dialogue_from_start(R"(
    C: hElO client.example
    S: 250 mail.example.org
    C: mail from:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: rCPT tO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: data
    E: data
    S: 354
    C: .
    E: message
    S: 250 2.0.0
    C: quit
    S: 221 2.0.0
    E: closed
  )");
}

TEST(ServerSessionSyntax, BlanksAroundArgumentsAreHarmless) {
  check_dialogue(R"(
    C: MAIL  FROM: <alice@example.org>  SIZE=10\x20
    E: mail <alice@example.org> size=10
    S: 250 2.1.0
    C: RCPT\x09TO:\x20<bob@example.net>\x20
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: DATA\x20
    E: data
    S: 354
    C: .
    E: message
    S: 250 2.0.0
    C: QUIT\x20
    S: 221 2.0.0
    E: closed
  )");
}

TEST(ServerSessionSyntax, CommandsWithoutArgumentsTakeNone) {
  check_line("RSET now", "501 5.5.4 RSET takes no arguments");
  check_line("quit now", "501 5.5.4 quit takes no arguments");
  check_line("VRFY", "501 5.5.4 Syntax: VRFY");
  check_dialogue(R"(
    C: MAIL FROM:<>
    E: mail <>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
    C: DATA now
    S: 501 5.5.4 DATA takes no arguments
    C: DATA
    E: data
    S: 354
  )");
}

TEST(ServerSessionSyntax, MailWithoutAnAddress) {
  check_line("MAIL", "501 5.5.4 Syntax: MAIL FROM:<address>");
  check_line("MAIL FROM", "501 5.5.4 Syntax: MAIL FROM:<address>");
  check_line("MAIL TO:<alice@example.org>", "501 5.5.4 Syntax: MAIL FROM:<address>");
  check_line("MAIL FROM:", "501 5.1.7 Bad sender: address is not in angle brackets");
  check_line("MAIL FROM:alice@example.org", "501 5.1.7 Bad sender: address is not in angle");
  check_line("MAIL FROM:<alice>", "501 5.1.7 Bad sender: malformed address");
  check_line("MAIL FROM:<alice@example.org", "501 5.1.7 Bad sender: malformed address");
  check_line("MAIL FROM:<alice@example..org>", "501 5.1.7 Bad sender: malformed domain");
  check_line("MAIL FROM:<\\xff@example.org>", "501 5.1.7 Bad sender: address is not UTF-8");
}

TEST(ServerSessionSyntax, SendersThatAreFine) {
  check_sender("<>", "<>");
  check_sender("<@relay.example,@b.example:alice@example.org>", "<alice@example.org>");
  check_sender("<\"a b\"@[192.0.2.1]>", "<\\x22a b\\x22@[192.0.2.1]>");
  check_sender("<Alice@EXAMPLE.org>", "<Alice@example.org>");
  check_sender("<alice@example.org> body=8bitmime size=00012 smtputf8",
               "<alice@example.org> body=8BITMIME smtputf8 size=12");
  check_sender("<alice@example.org> BODY=7BIT SIZE=0", "<alice@example.org> size=0");
}

TEST(ServerSessionSyntax, ParametersThatAreNot) {
  check_line("MAIL FROM:<> RRVS=FULL", "555 5.5.4 Unknown parameter RRVS");
  check_line("MAIL FROM:<>SIZE=1", "501 5.5.4 Syntax: a blank");
  check_line("MAIL FROM:<> SIZE=", "501 5.5.4 Bad value of parameter SIZE=");
  check_line("MAIL FROM:<> SIZE", "501 5.5.4 Bad value of parameter SIZE");
  check_line("MAIL FROM:<> SIZE=-1", "501 5.5.4 Bad value of parameter SIZE");
  check_line("MAIL FROM:<> SIZE=1x", "501 5.5.4 Bad value of parameter SIZE");
  check_line("MAIL FROM:<> SIZE=000000000000000000001", "501 5.5.4 Bad value of parameter SIZE");
  check_line("MAIL FROM:<> BODY", "501 5.5.4 Bad value of parameter BODY");
  check_line("MAIL FROM:<> SMTPUTF8=1", "501 5.5.4 Bad value of parameter SMTPUTF8");
  check_line("MAIL FROM:<> SIZE=1 size=2", "501 5.5.4 Parameter size is there twice");
  check_line("MAIL FROM:<> =1", "501 5.5.4 Bad value of parameter =1");
}

TEST(ServerSessionSyntax, WhatAPeerSentCannotBreakTheReply) {
  check_line("MAIL FROM:<> X\\xc3\\xbc=1", "501 5.5.4 Bad value of parameter X\\xc3\\xbc=1");
  check_line(cat("MAIL FROM:<> ", std::string(300, 'X'), "=1"),
             cat("555 5.5.4 Unknown parameter ", std::string(64, 'X'), "..."));
}

// RFC 6531 3.4.
TEST(ServerSessionSyntax, AddressesBeyondAsciiNeedSmtputf8) {
  check_line("MAIL FROM:<ren\\xc3\\xa9@example.org>", "553 5.6.7");
  check_line("MAIL FROM:<rene@caf\\xc3\\xa9.example>", "553 5.6.7");
  check_sender("<ren\\xc3\\xa9@example.org> SMTPUTF8", "<ren\\xc3\\xa9@example.org> smtputf8");
  check_recipient("RCPT TO:<ren\\xc3\\xa9@example.org>", "S: 553 5.6.7");
  check_dialogue(R"(
    C: MAIL FROM:<> SMTPUTF8
    E: mail <> smtputf8
    S: 250 2.1.0
    C: RCPT TO:<ren\xc3\xa9@caf\xc3\xa9.example>
    E: rcpt <ren\xc3\xa9@xn--caf-dma.example>
    S: 250 2.1.5
  )");
}

TEST(ServerSessionSyntax, Recipients) {
  check_recipient("RCPT TO:<Postmaster>", "E: rcpt <postmaster>\nS: 250 2.1.5");
  check_recipient("RCPT TO:<@relay.example:bob@Example.Net>",
                  "E: rcpt <bob@example.net>\nS: 250 2.1.5");
  check_recipient("RCPT", "S: 501 5.5.4 Syntax: RCPT TO:<address>");
  check_recipient("RCPT FROM:<bob@example.net>", "S: 501 5.5.4 Syntax: RCPT TO:<address>");
  check_recipient("RCPT TO:<>", "S: 501 5.1.3 Bad recipient: malformed address");
  check_recipient("RCPT TO:<bob>", "S: 501 5.1.3 Bad recipient: malformed address");
  check_recipient("RCPT TO:bob@example.net", "S: 501 5.1.3 Bad recipient: address is not in angle");
  check_recipient("RCPT TO:<bob@example.net> RRVS=NEVER", "S: 555 5.5.4 Unknown parameter RRVS");
  check_recipient("RCPT TO:<bob@example.net>x", "S: 501 5.5.4");
}

TEST(ServerSessionSyntax, AddressesTooLong) {
  const std::string local(64, 'l');
  check_recipient(cat("RCPT TO:<", local, "@example.net>"),
                  cat("E: rcpt <", local, "@example.net>\nS: 250 2.1.5"));
  check_recipient(cat("RCPT TO:<l", local, "@example.net>"),
                  "S: 501 5.1.3 Bad recipient: local part is longer than 64 octets");
}

// RFC 5321 2.3.8.
TEST(ServerSessionSyntax, CommandLinesEndInCrLf) {
  check_dialogue(R"(
    C: NOOP\n\
    S: 500 5.5.2 Command lines must end in CR LF
    C: NOOP\rNOOP
    S: 500 5.5.2 Command lines must end in CR LF
    C: NOOP\r
    S: 500 5.5.2 Command lines must end in CR LF
    C: \n\
    S: 500 5.5.2 Command lines must end in CR LF
    C: NOOP
    S: 250 2.0.0
  )");
}
