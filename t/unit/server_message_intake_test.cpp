// SPDX-License-Identifier: ISC
//
// t/unit/server_message_intake_test.cpp - message text on its way into the spool.

#include "server/message_intake.h"

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "captured_log.h"
#include "model_files.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using namespace std::string_view_literals;
using postern::cat;
using postern::mail::Envelope;
using postern::server::IntakeRules;
using postern::server::MessageIntake;
using postern::test::CapturedLog;
using postern::test::ModelFiles;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::pieces_of;
using postern::test::same_at_every_cut;

namespace {

constexpr std::chrono::system_clock::time_point now{std::chrono::seconds{1795469820}};
constexpr const char* tmp_path = "tmp/1795469820.s1-1.mail.example.org";

const std::string envelope_text =
    "Return-Path: <alice@example.org>\n"
    "Postern-Envelope: 1; id=s1-1; body=7BIT; with=ESMTP\n"
    "Postern-Recipient: T <bob@example.net>\n";
const std::string received = "Received: from x\n\tby y; now\n";
const std::string date = postern::mail::date_field(now);
const std::string message_id = "Message-ID: <s1-1@mail.example.org>\n";

Envelope envelope() {
  Envelope envelope;
  envelope.reverse_path = {"alice", "example.org"};
  envelope.recipients = {{{"bob", "example.net"}}};
  envelope.id = "s1-1";
  envelope.with = "ESMTP";
  return envelope;
}

}  // namespace

TEST_GROUP(MessageIntake) {
  ModelFiles files;
  Envelope facts = envelope();
  IntakeRules rules{.header_octets = 1000,
                    .header_line_octets = 100,
                    .hops = 3,
                    .allows_eight_bit_header = false,
                    .completes_header = true};

  void setup() override {
    CHECK(files.make_directory("tmp").has_value());
  }

  tl::expected<MessageIntake, postern::mail::Reply> begin() {
    return MessageIntake::begin(files, facts, received, "mail.example.org", now, rules);
  }

  // The file that these pieces of text become, or the reply that refuses them.
  std::string stored(const Pieces& pieces) {
    auto intake = begin();
    if (!intake) return intake.error().line();
    for (const std::string_view piece : pieces) {
      const PieceBuffer buffer(piece);
      if (const auto taken = intake->append(buffer.view()); !taken) return taken.error().line();
    }
    const auto message = std::move(*intake).finish();
    return message ? files.content(tmp_path) : message.error().line();
  }

  // text is stored as expected behind envelope and Received, however it comes.
  void check_stored(const std::string& expected, std::string_view text) {
    const std::string file =
        same_at_every_cut(text, [this](const Pieces& pieces) { return stored(pieces); });
    STRCMP_EQUAL(cat(envelope_text, received, expected).c_str(), file.c_str());
  }

  // The same of a text that came as BINARYMIME, and may have a NUL.
  void check_stored_binary(std::string_view expected, std::string_view text) {
    facts.body = postern::mail::Body::binary_mime;
    const std::string file =
        same_at_every_cut(text, [this](const Pieces& pieces) { return stored(pieces); });
    const std::size_t end = file.find(received);
    CHECK_TEXT(end != std::string::npos, file.c_str());
    const std::string behind = file.substr(end + received.size());
    CHECK_TEXT(behind == expected, postern::printable(behind).c_str());
  }

  void check_refused(const char* reply, std::string_view text) {
    const auto run = [this](const Pieces& pieces) { return stored(pieces); };
    STRCMP_EQUAL(reply, same_at_every_cut(text, run).c_str());
    LONGS_EQUAL(0, files.names("tmp").size());
  }

  std::size_t next_step() const {
    return files.steps().size() + 1;
  }
};

TEST(MessageIntake, ACompleteMessageIsKeptAsItIs) {
  check_stored("Date: today\nMessage-ID: <1@x>\nSubject: y\n\nbody\n\n.\n",
               "Date: today\r\nMessage-ID: <1@x>\r\nSubject: y\r\n\r\nbody\r\n\r\n.\r\n");
}

// RFC 6409 8.2, 8.3.
TEST(MessageIntake, AddsWhatIsMissing) {
  check_stored(cat(date, "Message-ID: <1@x>\n\nbody\n"), "Message-ID: <1@x>\r\n\r\nbody\r\n");
  check_stored(cat(message_id, "Date: today\n\nbody\n"), "Date: today\r\n\r\nbody\r\n");
  check_stored(cat(date, message_id, "Subject: y\n\nDate: today\n"),
               "Subject: y\r\n\r\nDate: today\r\n");
}

// RFC 5321 6.4: what others relay may be signed as it is.
TEST(MessageIntake, AddsNothingToWhatIsNotOurs) {
  rules.completes_header = false;
  check_stored("Subject: y\n\nbody\n", "Subject: y\r\n\r\nbody\r\n");
  check_stored("\nbody\n", "body\r\n");
}

TEST(MessageIntake, AMessageWithoutABodyIsCompletedToo) {
  check_stored(cat(date, message_id, "Subject: y\n"), "Subject: y\r\n");
  check_stored(cat(date, message_id), "");
  check_stored(cat(date, message_id, "\n"), "\r\n");
}

TEST(MessageIntake, ATextWithoutAHeaderGetsAnEmptyLine) {
  check_stored(cat(date, message_id, "\nHello Bob\nDate: today\n"), "Hello Bob\r\nDate: today\r\n");
}

TEST(MessageIntake, AnEmptyLineAtTheStartIsTheWholeHeader) {
  check_stored(cat(date, message_id, "\nDate: today\n"), "\r\nDate: today\r\n");
}

TEST(MessageIntake, NoFieldOfTheClientsIsTakenForTheEnvelope) {
  check_stored(cat(date, message_id, "Postern-Recipient: T <eve@example.org>\n\n"),
               "Postern-Recipient: T <eve@example.org>\r\n\r\n");
}

TEST(MessageIntake, NamesTheFileByTimeIdHostAndSize) {
  auto intake = begin();
  CHECK(intake.has_value());
  CHECK(intake->append("Date: today\r\nMessage-ID: <1@x>\r\n\r\n").has_value());
  const auto message = std::move(*intake).finish();
  CHECK(message.has_value());
  STRCMP_EQUAL(tmp_path, message->tmp_path().c_str());
  STRCMP_EQUAL(
      cat("new/1795469820.s1-1.mail.example.org,S=", files.content(tmp_path).size()).c_str(),
      message->new_path().c_str());
}

TEST(MessageIntake, CountsTheOctetsOfTheClient) {
  auto intake = begin();
  CHECK(intake->append("Subject: x\r\n").has_value());
  CHECK(intake->append("\r\nbody\r\n").has_value());
  LONGS_EQUAL(20, intake->octets());
}

TEST(MessageIntake, AHeaderWithoutEndIsRefused) {
  rules.header_octets = 40;
  const std::string text = cat("Subject: ", std::string(29, 'x'), "\r\n");  // 40 octets
  STRCMP_CONTAINS("Subject: xxx", stored(pieces_of(text, 7)).c_str());
  const std::string longer = cat("x", text);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, longer.size()}) {
    STRCMP_EQUAL("552 5.3.4 Message header is too big", stored(pieces_of(longer, piece)).c_str());
  }
  LONGS_EQUAL(0, files.names("tmp").size());
}

TEST(MessageIntake, AHeaderTooBigIsRefusedHoweverItComes) {
  rules.header_octets = 42;
  const std::string text = cat("Subject: ", std::string(29, 'x'), "\r\n\r\nbody\r\n");
  STRCMP_CONTAINS("xxx\n\nbody\n", stored({text}).c_str());
  const auto run = [this](const Pieces& pieces) { return stored(pieces); };
  STRCMP_EQUAL("552 5.3.4 Message header is too big",
               same_at_every_cut(cat("xxx", text), run).c_str());
}

TEST(MessageIntake, TheBodyDoesNotCountAsHeader) {
  rules.header_octets = 20;
  const std::string text = cat("Subject: x\r\n\r\n", std::string(100, 'y'), "\r\n");
  STRCMP_CONTAINS("yyyy\n", stored({text}).c_str());
  STRCMP_CONTAINS("yyyy\n", stored(pieces_of(text, 3)).c_str());
}

// RFC 5321 6.3.
TEST(MessageIntake, TooManyHopsAreALoop) {
  const std::string three = "Received: a\r\nReceived: b\r\nReceived: c\r\n";
  check_stored(cat(date, message_id, "Received: a\nReceived: b\nReceived: c\n\nReceived: d\n"),
               cat(three, "\r\nReceived: d\r\n"));
  const std::string four = cat(three, "Received: d\r\n\r\n");
  const std::string refused =
      same_at_every_cut(four, [this](const Pieces& pieces) { return stored(pieces); });
  STRCMP_EQUAL("554 5.4.6 Too many Received fields: mail loop?", refused.c_str());
  LONGS_EQUAL(0, files.names("tmp").size());
}

// mail/text_rules.h has the rules.
TEST(MessageIntake, WhatBreaksARuleIsRefusedHoweverItComes) {
  check_refused("554 5.6.0 A line of the message header is too long: fold it",
                cat("Subject: ", std::string(100, 'x'), "\r\n\r\n"));
  check_refused("554 5.6.0 Message has a NUL octet: encode it in base64",
                "Subject: x\r\n\r\nbody\0\r\n"sv);
  check_refused(
      "554 5.6.0 Message header is not ASCII: encode it as RFC 2047 says, or say SMTPUTF8 with "
      "MAIL",
      "Subject: \xc3\xa9\r\n\r\n");
  facts.smtputf8 = true;
  check_refused("554 5.6.0 Message header is not UTF-8, as SMTPUTF8 with MAIL has promised",
                "Subject: \xff\r\n\r\n");
}

TEST(MessageIntake, ACharacterCutOffByTheEndIsRefused) {
  facts.smtputf8 = true;
  check_refused("554 5.6.0 Message header is not UTF-8, as SMTPUTF8 with MAIL has promised",
                "Subject: \xc3");
}

TEST(MessageIntake, EightBitTextIsKeptWhereItIsAllowed) {
  check_stored(cat(date, message_id, "Subject: x\n\n\xff\n"), "Subject: x\r\n\r\n\xff\r\n");
  check_stored(cat(date, message_id, "\nGr\xfc\xdf Gott\n"), "Gr\xfc\xdf Gott\r\n");
  rules.allows_eight_bit_header = true;
  check_stored(cat(date, message_id, "Subject: \xff\n\n"), "Subject: \xff\r\n\r\n");
}

// RFC 3030 2: the last chunk may end anywhere.
TEST(MessageIntake, ATextMayEndInTheMiddleOfALine) {
  check_stored(cat(date, message_id, "A: x\n\nbody"), "A: x\r\n\r\nbody");
  check_stored(cat(date, message_id, "A: x\n\n"), "A: x\r\n\r\n");
  check_stored(cat(date, message_id, "A: x"), "A: x");
  check_stored(cat(message_id, "Date:"), "Date:");
  check_stored(cat(date, message_id, "A: x\nDate"), "A: x\r\nDate");
}

TEST(MessageIntake, AWordAloneIsTextWithoutAHeader) {
  check_stored(cat(date, message_id, "\nHello"), "Hello");
  check_stored(cat(date, message_id, "\nHello "), "Hello ");
}

// RFC 3030 3.
TEST(MessageIntake, BinaryTextIsKeptOctetForOctet) {
  check_stored_binary(cat(date, message_id, "A: x\r\n\r\n", "\0\r\n\r\n\r.\n\n\xff\r"sv),
                      cat("A: x\r\n\r\n", "\0\r\n\r\n\r.\n\n\xff\r"sv));
  check_stored_binary(cat(message_id, "Date: x\r\n\r\nbody"), "Date: x\r\n\r\nbody");
  check_stored_binary(cat(date, message_id, "A: x\r\n"), "A: x\r\n");
}

TEST(MessageIntake, BinaryTextWithoutAHeaderGetsAnEmptyLine) {
  check_stored_binary(cat(date, message_id, "\nHello Bob\r\n"), "Hello Bob\r\n");
  check_stored_binary(cat(date, message_id, "\n\0\r\n"sv), "\0\r\n"sv);
  check_stored_binary(cat(date, message_id, "\n\rA: x\r\n"), "\rA: x\r\n");
  check_stored_binary(cat(date, message_id, "\r\nA: x\r\n"), "\r\nA: x\r\n");
}

TEST(MessageIntake, ABinaryHeaderHasNoNulToo) {
  facts.body = postern::mail::Body::binary_mime;
  check_refused("554 5.6.0 Message has a NUL octet: encode it in base64", "A: \0\r\n\r\n"sv);
}

TEST(MessageIntake, WhatIsNotFinishedLeavesNothing) {
  {
    auto intake = begin();
    CHECK(intake->append("Subject: x\r\n\r\nbody\r\n").has_value());
    LONGS_EQUAL(1, files.names("tmp").size());
  }
  LONGS_EQUAL(0, files.names("tmp").size());
}

TEST(MessageIntake, AFullDiskIsToldAsSuch) {
  const CapturedLog log;
  files.fail_step(next_step(), ENOSPC);
  STRCMP_EQUAL("452 4.3.1 Not enough disk space, try again later", begin().error().line().c_str());
  STRCMP_CONTAINS("error spool_error message=s1-1 error=\"", log.text().c_str());
  STRCMP_CONTAINS("No space left on device\"\n", log.text().c_str());
}

TEST(MessageIntake, OtherTroubleIsTheServersOwn) {
  const CapturedLog log;
  for (const int sys_errno : {EIO, EMFILE, EACCES, EROFS}) {
    files.fail_step(next_step(), sys_errno);
    STRCMP_EQUAL("451 4.3.0 Local trouble, try again later", begin().error().line().c_str());
  }
}

TEST(MessageIntake, AFullDiskLaterIsToldAndLeavesNothing) {
  const CapturedLog log;
  {
    auto intake = begin();
    CHECK(intake->append("Subject: x\r\n\r\n").has_value());
    files.fail_step(next_step(), EDQUOT);
    const std::string large(std::size_t{200} * 1024, 'x');
    const auto taken = intake->append(large);
    CHECK(!taken);
    LONGS_EQUAL(452, taken.error().code);
  }
  LONGS_EQUAL(0, files.names("tmp").size());
}

TEST(MessageIntake, AFullDiskAtTheEndIsToldAndLeavesNothing) {
  const CapturedLog log;
  {
    auto intake = begin();
    CHECK(intake->append("Subject: x\r\n\r\n").has_value());
    files.fail_step(next_step(), ENOSPC);
    const auto message = std::move(*intake).finish();
    CHECK(!message);
    LONGS_EQUAL(452, message.error().code);
  }
  LONGS_EQUAL(0, files.names("tmp").size());
}
