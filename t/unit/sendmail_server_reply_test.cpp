// SPDX-License-Identifier: ISC
//
// t/unit/sendmail_server_reply_test.cpp - what the server answers, and what exit status that is.

#include "sendmail/server_reply.h"

#include <sysexits.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "base/text.h"
#include "sendmail/exit_status.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::Errc;
using postern::Error;
using postern::sendmail::exit_status_of;
using postern::sendmail::ReplyReader;
using postern::sendmail::ServerReply;
using postern::sendmail::Stage;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

// "[250 a b 2.0.0]" for each reply: text, and enhanced code.
std::string read_from(const Pieces& pieces) {
  ReplyReader reader;
  std::string found;
  for (const std::string_view piece : pieces) {
    const PieceBuffer buffer(piece);
    std::string_view rest = buffer.view();
    while (!rest.empty()) {
      const auto reply = reader.read(rest);
      if (!reply) return cat(found, "error");
      if (*reply) found += cat("[", (*reply)->text(), "|", (*reply)->enhanced_code(), "]");
    }
  }
  return found;
}

void check_read(const char* expected, std::string_view text) {
  STRCMP_EQUAL(expected, same_at_every_cut(text, read_from).c_str());
}

int status_of(const std::string& line, Stage stage) {
  ReplyReader reader;
  const std::string text = line + "\r\n";
  std::string_view rest = text;
  return exit_status_of(**reader.read(rest), stage);
}

}  // namespace

TEST_GROUP(ServerReply){};

// RFC 5321 4.2.
TEST(ServerReply, RepliesHaveOneLineOrSeveral) {
  check_read("[220 mail.example.org|]", "220 mail.example.org\r\n");
  check_read("[250 a SIZE 1 DSN|][354 Go|]", "250-a\r\n250-SIZE 1\r\n250 DSN\r\n354 Go\r\n");
  check_read("[250 |]", "250\r\n");
  check_read("[250 a|]", "250 a\n");
  check_read("", "250-a\r\n250 b\r");
}

// RFC 2034 4.
TEST(ServerReply, TheEnhancedCodeIsTheFirstWord) {
  check_read("[550 5.7.1 No|5.7.1]", "550 5.7.1 No\r\n");
  check_read("[450 4.10.200|4.10.200]", "450 4.10.200\r\n");
  check_read("[550 4.7.1 No|][550 5.7 No|][550 5..1x No|]",
             "550 4.7.1 No\r\n550 5.7 No\r\n550 5..1x No\r\n");
}

TEST(ServerReply, WhatIsNoReplyIsAnError) {
  for (const char* text : {"hello\r\n", "\r\n", "25\r\n", "250_a\r\n", "150 a\r\n", "650 a\r\n",
                           "250-a\r\n251 b\r\n"}) {
    check_read("error", text);
  }
  STRCMP_EQUAL("error", read_from({"250 ", std::string(5000, 'x')}).c_str());
  std::string endless;
  for (int i = 0; i < 300; ++i) endless += "250-a\r\n";
  STRCMP_EQUAL("error", read_from({endless}).c_str());
}

// RFC 3463 3.
TEST(ServerReply, RefusalsHaveExitStatuses) {
  LONGS_EQUAL(EX_TEMPFAIL, status_of("421 4.3.2 Busy", Stage::other));
  LONGS_EQUAL(EX_TEMPFAIL, status_of("452 4.5.3 Too many", Stage::recipient));
  LONGS_EQUAL(EX_NOUSER, status_of("550 5.1.1 Unknown", Stage::recipient));
  LONGS_EQUAL(EX_NOHOST, status_of("550 5.1.2 Unknown", Stage::recipient));
  LONGS_EQUAL(EX_DATAERR, status_of("553 5.1.7 Malformed", Stage::sender));
  LONGS_EQUAL(EX_NOPERM, status_of("550 5.7.1 No", Stage::recipient));
  LONGS_EQUAL(EX_NOPERM, status_of("530 5.7.0 Log in", Stage::sender));
  LONGS_EQUAL(EX_DATAERR, status_of("552 5.3.4 Too large", Stage::sender));
  LONGS_EQUAL(EX_DATAERR, status_of("554 5.6.0 A NUL", Stage::other));
  LONGS_EQUAL(EX_UNAVAILABLE, status_of("554 5.4.6 A loop", Stage::other));
  LONGS_EQUAL(EX_NOUSER, status_of("550 No such user", Stage::recipient));
  LONGS_EQUAL(EX_UNAVAILABLE, status_of("550 No", Stage::sender));
  LONGS_EQUAL(EX_DATAERR, status_of("552 Too large", Stage::other));
}

TEST(ServerReply, SoHasTroubleOnTheWay) {
  LONGS_EQUAL(EX_TEMPFAIL, exit_status_of(Error{Errc::permanent, "x", ENOENT}));
  LONGS_EQUAL(EX_TEMPFAIL, exit_status_of(Error{Errc::permanent, "x", ECONNREFUSED}));
  LONGS_EQUAL(EX_NOPERM, exit_status_of(Error{Errc::permanent, "x", EACCES}));
  LONGS_EQUAL(EX_TEMPFAIL, exit_status_of(Error{Errc::syntax, "x", 0}));
}
