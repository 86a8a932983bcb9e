// SPDX-License-Identifier: ISC
//
// t/unit/mail_text_rules_test.cpp - what the text of a message may hold, however it comes.

#include "mail/text_rules.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using namespace std::string_view_literals;
using postern::cat;
using postern::mail::Reply;
using postern::mail::TextInspector;
using postern::mail::TextRules;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

constexpr const char* accepted = "accepted";
constexpr const char* header_too_big = "552 5.3.4 Message header is too big";
constexpr const char* line_too_long = "554 5.6.0 A line of the message header is too long: fold it";
constexpr const char* too_many_hops = "554 5.4.6 Too many Received fields: mail loop?";
constexpr const char* nul_in_text = "554 5.6.0 Message has a NUL octet: encode it in base64";
constexpr const char* eight_bit_header =
    "554 5.6.0 Message header is not ASCII: encode it as RFC 2047 says, or say SMTPUTF8 with MAIL";
constexpr const char* bare_line_end = "554 5.6.0 Message header has a CR or LF without the other";
constexpr const char* header_not_utf8 =
    "554 5.6.0 Message header is not UTF-8, as SMTPUTF8 with MAIL has promised";

}  // namespace

TEST_GROUP(MailTextRules) {
  TextRules rules{.header_octets = 200,
                  .header_line_octets = 40,
                  .hops = 2,
                  .allows_eight_bit_header = false,
                  .smtputf8 = false,
                  .is_binary = false};

  std::string verdict_on(const Pieces& pieces) const {
    TextInspector inspector(rules);
    for (const std::string_view piece : pieces) {
      if (const auto refusal = inspector.inspect(PieceBuffer(piece).view())) return refusal->line();
    }
    const auto refusal = inspector.finish();
    return refusal ? refusal->line() : accepted;
  }

  void check_verdict(const char* expected, std::string_view text) const {
    const auto run = [this](const Pieces& pieces) { return verdict_on(pieces); };
    STRCMP_EQUAL(expected, same_at_every_cut(text, run).c_str());
  }
};

TEST(MailTextRules, AnOrdinaryMessageIsAccepted) {
  check_verdict(accepted,
                "Received: a\r\nReceived: b\r\n\tc\r\nSubject: x\r\n\r\nReceived: c\r\nbody\r\n");
  check_verdict(accepted, "");
  check_verdict(accepted, "\r\n");
  check_verdict(accepted, "Subject: x\r\n");
}

TEST(MailTextRules, AHeaderHasABound) {
  rules.header_octets = 24;
  check_verdict(accepted, "Subject: 7890\r\nA: 890\r\n");
  check_verdict(header_too_big, "Subject: 7890\r\nA: 890\r\n\r\n");
  check_verdict(accepted, "Subject: 7890\r\nA: 8\r\n\r\n");
  check_verdict(accepted, cat("Subject: x\r\n\r\n", std::string(100, 'y'), "\r\n"));
}

// RFC 5321 6.3.
TEST(MailTextRules, TooManyReceivedFieldsAreALoop) {
  check_verdict(too_many_hops, "Received: a\r\nSubject: x\r\nreceived: b\r\nRECEIVED : c\r\n\r\n");
  check_verdict(accepted, "Received: a\r\nReceived: b\r\nReceived c\r\n");
  rules.hops = 0;
  check_verdict(too_many_hops, "Received:");
  check_verdict(accepted, "Received");
}

TEST(MailTextRules, ALineOfAFieldHasABound) {
  const std::string value(31, 'x');  // "Subject: " and this are 40 octets
  check_verdict(accepted, cat("Subject: ", value, "\r\n\r\n"));
  check_verdict(accepted, cat("Subject: ", value));
  check_verdict(accepted, cat("Subject:\r\n \t", std::string(38, 'x'), "\r\n\r\n"));
  check_verdict(line_too_long, cat("Subject: ", value, "x\r\n\r\n"));
  check_verdict(line_too_long, cat("Subject: ", value, "x"));
  check_verdict(line_too_long, cat("A: x\r\n \t", std::string(39, 'x')));
  check_verdict(line_too_long, cat(std::string(40, 'x'), ":"));
}

// RFC 5321 4.5.3.1.6.
TEST(MailTextRules, ALineOfTheBodyHasNone) {
  const std::string line(5000, 'x');
  check_verdict(accepted, cat("\r\n", std::string(300, 'x')));
  STRCMP_EQUAL(accepted, verdict_on({cat("A: x\r\n\r\n", line, "\r\n", line)}).c_str());
  STRCMP_EQUAL(accepted, verdict_on({cat("no header ", line)}).c_str());
}

// RFC 5322 2.2: a line is a field when its colon has come.
TEST(MailTextRules, ALongLineThatIsNoFieldIsBody) {
  check_verdict(accepted, cat("A: x\r\n", std::string(60, 'y'), "\r\n"));
  check_verdict(accepted, cat(std::string(60, 'y'), "\r\n"));
  check_verdict(header_too_big, std::string(201, 'y'));
}

// RFC 5322 2.1.1: no name of a field is as long as that.
TEST(MailTextRules, ATextThatIsOneLongWordHasNoHeader) {
  rules.header_octets = 4096;
  const std::string word(5000, 'y');
  STRCMP_EQUAL(accepted, verdict_on({word}).c_str());
  STRCMP_EQUAL(accepted, verdict_on({word, word}).c_str());
  STRCMP_EQUAL(accepted, verdict_on({"A: x\r\n", word, ":\r\n"}).c_str());
}

// RFC 5322 2.2.  So the fields that the server puts in front end where the first CRLF comes.
TEST(MailTextRules, ALineEndInAFieldIsWhole) {
  rules.is_binary = true;
  check_verdict(bare_line_end, "Subject: x\nTo: y\r\n\r\n");
  check_verdict(bare_line_end, "Subject: x\ry\r\n\r\n");
  check_verdict(bare_line_end, "Subject: x\r\n\ty\n\r\n");
  check_verdict(bare_line_end, "Subject: x\r\r\n");
  check_verdict(bare_line_end, "Subject: x\r\0"sv);
  const std::string value(31, 'x');
  check_verdict(line_too_long, cat("Subject: ", value, "\r\r\n"));
}

// RFC 5322 4.1, RFC 2045 2.7, 2.8.
TEST(MailTextRules, ANulIsRefusedAnywhere) {
  check_verdict(nul_in_text, "Subject: \0\r\n\r\n"sv);
  check_verdict(nul_in_text, "Sub\0ject: x\r\n\r\n"sv);
  check_verdict(nul_in_text, "\0"sv);
  check_verdict(nul_in_text, "Subject: x\r\n\0"sv);
  check_verdict(nul_in_text, "Subject: x\r\n \0\r\n"sv);
  check_verdict(nul_in_text, "Subject: x\r\n\r\nbody\0body\r\n"sv);
  check_verdict(nul_in_text, "Hello Bob\r\n\0"sv);
}

// RFC 3030 3.
TEST(MailTextRules, BinaryTextMayHaveItInTheBody) {
  rules.is_binary = true;
  check_verdict(accepted, "Subject: x\r\n\r\n\0\xff\r\n\n\r\0"sv);
  check_verdict(accepted, "Hello\0Bob"sv);
  check_verdict(accepted, "Subject: x\r\nHello\0"sv);
  check_verdict(nul_in_text, "Subject: \0\r\n\r\n"sv);
  check_verdict(nul_in_text, "Subject: x\r\n \0\r\n\r\n"sv);
}

TEST(MailTextRules, BinaryTextMayHaveAnyLineEndsInTheBody) {
  rules.is_binary = true;
  check_verdict(accepted, "\r\0"sv);
  check_verdict(accepted, "Subject: x\r\n\r\0"sv);
  check_verdict(accepted, "Subject: x\r\n\r\n\n\ra\nb");
  check_verdict(accepted, "\nA: x\n");
  check_verdict(accepted, "no header\nA: x\n");
}

// RFC 5322 2.2.
TEST(MailTextRules, AHeaderIsAscii) {
  check_verdict(eight_bit_header, "Subject: \xc3\xa9\r\n\r\n");
  check_verdict(eight_bit_header, "Subject: x\r\n\t\x80\r\n\r\n");
  check_verdict(accepted, "Subject: \x01\x7f\r\n\r\n");
  rules.is_binary = true;
  check_verdict(eight_bit_header, "Subject: \xc3\xa9\r\n\r\n");
}

TEST(MailTextRules, AListenerMayLetOthersThrough) {
  rules.allows_eight_bit_header = true;
  check_verdict(accepted, "Subject: \xc3\xa9\xff\r\n\r\n");
  check_verdict(nul_in_text, "Subject: \xff\0\r\n\r\n"sv);
}

// RFC 6532 3.1, 3.2.
TEST(MailTextRules, WithSmtputf8AHeaderIsUtf8) {
  rules.smtputf8 = true;
  for (const bool allows : {false, true}) {
    rules.allows_eight_bit_header = allows;
    check_verdict(accepted, "Subject: \xc3\xa9\xe5\xb1\xb1\xf0\x9f\x93\xae\r\n\r\n\xff");
    check_verdict(header_not_utf8, "Subject: \xe9\r\n\r\n");
    check_verdict(header_not_utf8, "Subject: \xe5\xb1\r\n \xb1\r\n\r\n");
    check_verdict(header_not_utf8, "Subject: \xed\xa0\x80\r\n\r\n");
  }
}

TEST(MailTextRules, ACharacterIsWholeWhereTheTextEnds) {
  rules.smtputf8 = true;
  check_verdict(accepted, "Subject: \xc3\xa9");
  check_verdict(header_not_utf8, "Subject: \xc3");
  check_verdict(accepted, "Subject: x\r\n\r\n\xc3");
}

// RFC 6152 3: whatever BODY said.
TEST(MailTextRules, ABodyMayHaveAnyOctetsAboveAscii) {
  check_verdict(accepted, "Subject: x\r\n\r\n\xff\xfe\x80\r\n");
  rules.smtputf8 = true;
  check_verdict(accepted, "Subject: x\r\n\r\n\xff\xfe\x80\r\n");
}

TEST(MailTextRules, ATextWithoutAHeaderIsAllBody) {
  check_verdict(accepted, "\xc3\xa9: x\r\n");
  check_verdict(accepted, "Gr\xc3\xbc\xc3\x9f: x\r\n");
  check_verdict(accepted, "Hello \xff\r\nSubject: \xff\r\n");
  check_verdict(accepted, "Subject: x\r\nno field \xff\r\nA: \xff\r\n");
  rules.smtputf8 = true;
  check_verdict(accepted, "Gr\xfc\xdf: x\r\n");
}

TEST(MailTextRules, TheFirstOctetThatBreaksARuleDecides) {
  check_verdict(nul_in_text, "A: \0\xff\r\n"sv);
  check_verdict(eight_bit_header, "A: \xff\0\r\n"sv);
  check_verdict(eight_bit_header, cat("A: \xff", std::string(300, 'x')));
  check_verdict(line_too_long, cat("A: ", std::string(38, 'x'), "\xff"));
  check_verdict(eight_bit_header, cat("A: ", std::string(36, 'x'), "\xffx"));
  rules.hops = 0;
  check_verdict(too_many_hops, "Received:\xff\r\n"sv);
  check_verdict(eight_bit_header, "A: \xff\r\nReceived: x\r\n");
  rules.header_octets = 9;
  check_verdict(too_many_hops, "Received:\xff\r\n"sv);
  rules.header_octets = 8;
  check_verdict(header_too_big, "Received:\xff\r\n"sv);
}

TEST(MailTextRules, TellsWhatTheHeaderHas) {
  TextInspector inspector(rules);
  CHECK(!inspector.inspect("Date: x\r\nReceived: y\r\n\r"));
  CHECK(!inspector.header().is_complete());
  CHECK(!inspector.inspect("\nMessage-ID: z\r\n"));
  CHECK(inspector.header().is_complete());
  CHECK(inspector.header().has_date());
  CHECK(!inspector.header().has_message_id());
  LONGS_EQUAL(1, inspector.header().received_fields());
  LONGS_EQUAL(24, inspector.header().octets());
}

TEST(MailTextRules, ATextThatEndsInItsFirstNameHasNoHeader) {
  TextInspector inspector(rules);
  CHECK(!inspector.inspect("Hello"));
  CHECK(!inspector.header().is_headless());
  CHECK(!inspector.finish());
  CHECK(inspector.header().is_headless());
}
