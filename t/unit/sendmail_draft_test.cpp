// SPDX-License-Identifier: ISC
//
// t/unit/sendmail_draft_test.cpp - a message as programs write it, however it comes.

#include "sendmail/draft.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::sendmail::DotLine;
using postern::sendmail::Draft;
using postern::sendmail::Field;
using postern::sendmail::has_field;
using postern::sendmail::recipients_in;
using postern::sendmail::sent_text;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::pieces_of;
using postern::test::same_at_every_cut;

namespace {

std::string body_of(Draft& draft) {
  std::string body;
  for (;;) {
    const auto piece = draft.body().next();
    CHECK(piece.has_value());
    if (piece->empty()) break;
    body += *piece;
  }
  LONGS_EQUAL(body.size(), draft.body().octets());
  return body;
}

// The names of the fields, then the header and the body; or what was wrong.
std::string drafted(const Pieces& pieces, DotLine dot_line) {
  Draft draft{dot_line};
  for (const std::string_view piece : pieces) {
    if (draft.has_ended()) break;
    const auto kept = draft.append(PieceBuffer(piece).view());
    if (!kept) return kept.error().message();
  }
  if (const auto kept = draft.finish(); !kept) return kept.error().message();
  std::string names;
  for (const Field& field : draft.fields()) names += cat(field.name, " ");
  return cat(names, "|", sent_text(draft.fields()), "|", body_of(draft),
             draft.is_body_eight_bit() ? "|8" : "");
}

void check_drafted(const char* expected, std::string_view text,
                   DotLine dot_line = DotLine::ends_text) {
  const auto run = [dot_line](const Pieces& pieces) { return drafted(pieces, dot_line); };
  STRCMP_EQUAL(expected, same_at_every_cut(text, run).c_str());
}

std::string recipients_of(std::string_view text) {
  Draft draft{DotLine::is_text};
  CHECK(draft.append(text) && draft.finish());
  const auto recipients = recipients_in(draft.fields());
  if (!recipients) return recipients.error().message();
  std::string all;
  for (const auto& recipient : *recipients) all += cat("<", recipient.to_string(), ">");
  return all;
}

}  // namespace

TEST_GROUP(SendmailDraft){};

TEST(SendmailDraft, LinesEndInCrlfWhateverTheyEndedIn) {
  check_drafted("a b |A: x\r\nB: y\r\n|c\r\n\r\nd\r\n", "A: x\nB: y\r\n\nc\r\n\r\r\nd");
  check_drafted("a |A: x\r\n|c\r\n", "A: x\r\r\n\r\nc\r");
  check_drafted("a |A: x\r\n|", "A: x");
  check_drafted("||", "");
}

TEST(SendmailDraft, ALineOfOneDotEndsTheText) {
  check_drafted("a |A: x\r\n|b\r\n", "A: x\n\nb\n.\nc\n");
  check_drafted("a |A: x\r\n|b\r\n", "A: x\n\nb\n.\r\nc\n");
  check_drafted("a |A: x\r\n|b\r\n", "A: x\n\nb\n.");
  check_drafted("a |A: x\r\n|.b\r\n..\r\n. \r\nc.\r\n", "A: x\n\n.b\n..\n. \nc.\n.\n");
  check_drafted("||", ".\nA: x\n");
}

TEST(SendmailDraft, UnlessDotsAreText) {
  check_drafted("a |A: x\r\n|b\r\n.\r\nc\r\n.\r\n", "A: x\n\nb\n.\r\nc\n.", DotLine::is_text);
}

// RFC 5322 2.2.
TEST(SendmailDraft, TheHeaderEndsWhereTheServerSeesItsEnd) {
  check_drafted("a |A: x\r\n\ty: z\r\n|b: c\r\n", "A: x\n\ty: z\n\nb: c\n");
  check_drafted("a b |A : x\r\nb:\r\n|no field\r\nC: x\r\n", "A : x\nb:\nno field\nC: x\n");
  check_drafted("||Hello\r\nTo: x\r\n", "Hello\nTo: x\n");
  check_drafted("|| A: x\r\n", " A: x\n");
  check_drafted("||b\r\n", "\nb\n");
  check_drafted("||Hello\r\n", "Hello");
}

TEST(SendmailDraft, TheLineOfAMailboxFileIsDropped) {
  check_drafted("a |A: x\r\n|b\r\n", "From alice Mon Nov 23 12:00:00 2026\nA: x\n\nb\n");
  check_drafted("a |A: x\r\n|", ">From alice\nA: x\n");
  check_drafted("a |A: x\r\n|From here\r\n", "A: x\n\nFrom here\n");
  check_drafted("from |From : a@x\r\n|", "From : a@x\n");
}

// RFC 5322 3.6.3: Bcc is for who sends, and not for the recipients.
TEST(SendmailDraft, BlindCopiesAreNotSent) {
  check_drafted("to bcc resent-bcc subject |To: a\r\nSubject: s\r\n|b\r\n",
                "To: a\nBCC: b,\n\tc\nResent-Bcc:d\nSubject: s\n\nb\n");
}

// RFC 5321 2.3.8: a CR alone cannot be sent.
TEST(SendmailDraft, ACrAloneIsALineEndInTheBody) {
  check_drafted("a |A: x\r\n|10%\r\n20%\r\n\r\n.\r\n", "A: x\n\n10%\r20%\r\r.\n");
}

TEST(SendmailDraft, ACrAloneIsRefusedInTheHeader) {
  check_drafted("a CR stands alone in the field subject", "Subject: x\rBcc: y\n\nb\n");
  check_drafted("a CR stands alone in the field to", "To: x\n\ty\rz\n\nb\n");
}

TEST(SendmailDraft, KnowsWhetherTheBodyIsEightBit) {
  check_drafted("a |A: \xc3\xa4\r\n|b\r\n", "A: \xc3\xa4\n\nb\n");
  check_drafted("a |A: x\r\n|\xc3\xa4\r\n|8", "A: x\n\n\xc3\xa4\n");
}

TEST(SendmailDraft, ALargeBodyComesOutAsItWentIn) {
  ::setenv("TMPDIR", "/tmp", 1);
  std::string text = "A: x\n\n";
  std::string expected = "a |A: x\r\n|";
  for (int line = 0; line < 40'000; ++line) {
    text += cat("line ", line, "\n");
    expected += cat("line ", line, "\r\n");
  }
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{32768}, text.size()}) {
    CHECK(expected == drafted(pieces_of(text, piece), DotLine::is_text));
  }
}

TEST(SendmailDraft, WithoutRoomForALargeBodyThereIsNoMessage) {
  const std::string line(200'000, 'x');
  ::setenv("TMPDIR", "/nonexistent", 1);
  Draft draft{DotLine::is_text};
  const auto kept = draft.append(cat("A: x\n\n", line));
  ::setenv("TMPDIR", "/tmp", 1);
  CHECK(!kept);
  STRCMP_EQUAL("make a file in /nonexistent: No such file or directory",
               kept.error().message().c_str());
}

TEST(SendmailDraft, ALineWithoutEndIsNotHeld) {
  Draft draft{DotLine::is_text};
  CHECK(draft.append(std::string(5000, 'x')).has_value());
  LONGS_EQUAL(5000, draft.body().octets());
}

TEST(SendmailDraft, AHeaderWithoutEndIsRefused) {
  Draft draft{DotLine::is_text};
  postern::Result<void> kept;
  for (int piece = 0; piece < 20 && kept; ++piece) {
    kept = draft.append(cat("A: ", std::string(100'000, 'x')));
  }
  CHECK(!kept);
  STRCMP_EQUAL("the header has more than 1048576 octets", kept.error().message().c_str());
}

TEST(SendmailDraft, RecipientsAreThoseOfToCcAndBcc) {
  STRCMP_EQUAL("<a@x><b@y><c@z><root>",
               recipients_of("To: A <a@x>\nSubject: d@x\nCC: b@y,\n c@z\nFrom: e@x\nbcc: root\n\n"
                             "To: f@x\n")
                   .c_str());
  STRCMP_EQUAL("", recipients_of("To: Undisclosed recipients:;\n\n").c_str());
  STRCMP_EQUAL("field cc: \"b c\" is not an address", recipients_of("To: a\nCc: b c\n").c_str());
}

// RFC 5322 3.6.6.
TEST(SendmailDraft, ThoseOfAMessageThatIsResentAreInItsOwnFields) {
  STRCMP_EQUAL("<b@y><c@z>",
               recipients_of("Resent-To: b@y\nResent-Bcc: c@z\nTo: a@x\nBcc: d@x\n\n").c_str());
}

TEST(SendmailDraft, KnowsItsFields) {
  Draft draft{DotLine::is_text};
  CHECK(draft.append("FROM: a\nX-Sender: b\n\nTo: c\n").has_value());
  CHECK(has_field(draft.fields(), "from"));
  CHECK(!has_field(draft.fields(), "sender"));
  CHECK(!has_field(draft.fields(), "to"));
}
