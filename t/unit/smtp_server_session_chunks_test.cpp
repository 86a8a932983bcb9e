// SPDX-License-Identifier: ISC
//
// t/unit/smtp_server_session_chunks_test.cpp - a message in chunks (RFC 3030).

#include <string>
#include <string_view>

#include "base/text.h"
#include "dialogue.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::test::check_dialogue;
using postern::test::Scene;

namespace {

constexpr const char* until_recipient = R"(
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250 2.1.0
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250 2.1.5
)";

}  // namespace

TEST_GROUP(ServerSessionChunks) {
  Scene scene;

  void check_chunks(const std::string& script) {
    check_dialogue(scene, cat(until_recipient, script));
  }
};

TEST(ServerSessionChunks, OneChunkIsAMessage) {
  check_chunks(R"(
    C: BDAT 7 LAST
    E: data
    C: Hello\r\n\
    M: Hello
    E: message
    S: 250 2.0.0 Queued as m1
    C: RCPT TO:<bob@example.net>
    S: 503 5.5.1 MAIL first
  )");
}

TEST(ServerSessionChunks, EachChunkHasItsReply) {
  check_chunks(R"(
    C: BDAT 4
    E: data
    C: a\r\nb\
    S: 250 2.0.0 4 octets received
    C: bdat 5
    C: \r\n.\r\n\
    S: 250 2.0.0 5 octets received
    C: BDAT 0 last
    M: a
    M: b
    M: .
    E: message
    S: 250 2.0.0 Queued as m1
  )");
}

TEST(ServerSessionChunks, AMessageMayBeEmpty) {
  check_chunks(R"(
    C: BDAT 0 LAST
    E: data
    E: message
    S: 250 2.0.0 Queued as m1
  )");
}

// RFC 3030 4.2: a client with PIPELINING sends all of it at once; each cut of that is tried.
TEST(ServerSessionChunks, CommandsFollowAChunkAtOnce) {
  check_chunks(R"(
    C: BDAT 3\r\na\r\nBDAT 3 LAST\r\nb\r\nNOOP
    E: data
    S: 250 2.0.0 3 octets
    M: a
    M: b
    E: message
    S: 250 2.0.0 Queued
    S: 250 2.0.0 OK
  )");
}

TEST(ServerSessionChunks, OctetsOfAChunkAreNoCommands) {
  check_chunks(R"(
    C: BDAT 6 LAST
    E: data
    C: QUIT\r\n\
    M: QUIT
    E: message
    S: 250 2.0.0
    C: QUIT
    S: 221
    E: closed
  )");
}

// RFC 3030 2: the size is all that tells where a chunk ends.
TEST(ServerSessionChunks, WithoutASizeTheSessionEnds) {
  for (const char* arguments : {"", " LAST", " x", " -1", " +1", " 0x10", " 1 2", " 1 LAST x",
                                " 99999999999999999999", " 1LAST"}) {
    check_chunks(cat("C: BDAT", arguments, R"(
      S: 501 5.5.4 Syntax: BDAT octets [LAST]
      E: closed
    )"));
  }
}

TEST(ServerSessionChunks, OutOfOrderAChunkIsDroppedWhole) {
  check_dialogue(scene, R"(
    C: BDAT 6 LAST
    C: QUIT\r\n\
    S: 503 5.5.1 RCPT first
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250
    C: BDAT 6
    C: RSET\r\n\
    S: 503 5.5.1 RCPT first
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250
    C: BDAT 1 LAST
    E: data
    C: x\
    M: x
    E: message
    S: 250
  )");
}

TEST(ServerSessionChunks, WithoutTheExtensionAChunkIsDroppedToo) {
  scene.settings.extensions.chunking = false;
  check_chunks(R"(
    C: BDAT 6 LAST
    C: QUIT\r\n\
    S: 502 5.5.1 BDAT is not implemented
    C: DATA
    E: data
    S: 354
    C: .
    E: message
    S: 250
  )");
}

// RFC 3030 2: DATA and BDAT do not mix, and nothing else comes between the chunks either.
TEST(ServerSessionChunks, BetweenChunksOnlyChunksAreInOrder) {
  check_chunks(R"(
    C: BDAT 1
    E: data
    C: x\
    S: 250
    C: DATA
    S: 503 5.5.1
    C: RCPT TO:<carol@example.net>
    S: 503 5.5.1
    C: MAIL FROM:<eve@example.org>
    S: 503 5.5.1
    C: STARTTLS
    S: 503 5.5.1
    C: NOOP
    S: 250
    C: BDAT 1 LAST
    C: y\
    M: xy
    E: message
    S: 250
  )");
}

TEST(ServerSessionChunks, RsetBetweenChunksDropsTheMessage) {
  check_chunks(R"(
    C: BDAT 1
    E: data
    C: x\
    S: 250
    C: RSET
    S: 250
    E: dropped
    C: BDAT 1 LAST
    C: y\
    S: 503 5.5.1
  )");
}

TEST(ServerSessionChunks, EhloBetweenChunksDropsTheMessage) {
  check_chunks(R"(
    C: BDAT 1
    E: data
    C: x\
    S: 250
    C: HELO client.example
    S: 250
    E: dropped
  )");
}

TEST(ServerSessionChunks, QuitBetweenChunksEndsTheSession) {
  check_chunks(R"(
    C: BDAT 1
    E: data
    C: x\
    S: 250
    C: QUIT
    S: 221
    E: closed
  )");
}

// RFC 3030 2: the octets are on their way already, so they are taken and dropped.
TEST(ServerSessionChunks, ARefusedMessageIsTakenToItsEnd) {
  check_chunks(R"(
    C: BDAT 6
    E: data
    A: 452 4.3.1 Full
    C: QUIT\r\n\
    S: 452 4.3.1 Full
    C: BDAT 1
    C: x\
    S: 452 4.3.1 Full
    C: BDAT 1 LAST
    C: y\
    S: 452 4.3.1 Full
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250
  )");
}

TEST(ServerSessionChunks, RsetForgetsARefusal) {
  check_chunks(R"(
    C: BDAT 1
    E: data
    A: 452 4.3.1 Full
    C: x\
    S: 452 4.3.1 Full
    C: RSET
    S: 250
    E: dropped
    C: MAIL FROM:<alice@example.org>
    E: mail <alice@example.org>
    S: 250
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250
    C: BDAT 1 LAST
    E: data
    C: y\
    M: y
    E: message
    S: 250
  )");
}

// Unlike behind DATA the session can go on: where the chunk ends is known.
TEST(ServerSessionChunks, BareLineEndsAreRefused) {
  for (const char* text : {"a\\nb", "a\\rb", "\\n\\n\\n", "\\r\\r\\n"}) {
    check_chunks(cat(R"(
      C: BDAT 3 LAST
      E: data
      C: )",
                     text, R"(\
      E: aborted 550 5.5.2 Message lines must end in CR LF; found one without the other
      S: 550 5.5.2
      C: NOOP
      S: 250
    )"));
  }
}

TEST(ServerSessionChunks, ALineEndMayBeCutByChunks) {
  check_chunks(R"(
    C: BDAT 2
    E: data
    C: a\r\
    S: 250
    C: BDAT 2 LAST
    C: \nb\
    M: a
    M: b
    E: message
    S: 250
  )");
}

TEST(ServerSessionChunks, BinaryTextMayHaveAnything) {
  check_dialogue(scene, R"(
    C: MAIL FROM:<alice@example.org> BODY=BINARYMIME
    E: mail <alice@example.org> body=BINARYMIME
    S: 250
    C: RCPT TO:<bob@example.net>
    E: rcpt <bob@example.net>
    S: 250
    C: DATA
    S: 503 5.5.1 BODY=BINARYMIME is sent by BDAT
    C: BDAT 4 LAST
    E: data
    C: a\nb\r\
    M: a
    M: b
    E: message
    S: 250
  )");
}

TEST(ServerSessionChunks, TheLimitIsThatOfTheMessage) {
  scene.settings.limits.message_octets = 5;
  check_chunks(R"(
    C: BDAT 3
    E: data
    C: abc\
    S: 250
    C: BDAT 3
    C: def\
    E: aborted 552 5.3.4 Message is bigger than 5 octets
    S: 552 5.3.4
    C: BDAT 1 LAST
    C: g\
    S: 552 5.3.4
    C: NOOP
    S: 250
  )");
}

TEST(ServerSessionChunks, EmptyChunksComeToAnEnd) {
  scene.settings.limits.idle_commands = 4;  // EHLO and MAIL are two
  check_chunks(R"(
    C: BDAT 0
    E: data
    S: 250 2.0.0 0 octets
    C: BDAT 0
    S: 250
    C: BDAT 0
    S: 250
    C: BDAT 0
    S: 250
    C: BDAT 0
    S: 421 4.7.0
    E: closed
  )");
}

TEST(ServerSessionChunks, TheWorldMayRefuseTheText) {
  check_chunks(R"(
    C: BDAT 3
    E: data
    R: 554 5.4.6 Too many Received fields
    C: abc\
    S: 554 5.4.6
    C: BDAT 3 LAST
    C: def\
    S: 554 5.4.6
    C: NOOP
    S: 250
  )");
}
