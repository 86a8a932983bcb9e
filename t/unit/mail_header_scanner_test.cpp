// SPDX-License-Identifier: ISC
//
// t/unit/mail_header_scanner_test.cpp - what is in a header, however it comes.

#include "mail/header_scanner.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::mail::HeaderScanner;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

std::string found_in(const Pieces& pieces) {
  HeaderScanner scanner;
  for (const std::string_view piece : pieces) scanner.scan(PieceBuffer(piece).view());
  std::string found;
  if (scanner.has_date()) found += "date ";
  if (scanner.has_message_id()) found += "message-id ";
  if (scanner.received_fields() > 0) found += cat("received=", scanner.received_fields(), " ");
  if (scanner.is_headless()) found += "headless ";
  return found + (scanner.is_complete() ? "complete" : "open");
}

void check_found(const char* expected, std::string_view text) {
  STRCMP_EQUAL(expected, same_at_every_cut(text, found_in).c_str());
}

}  // namespace

TEST_GROUP(HeaderScanner){};

TEST(HeaderScanner, FindsTheFieldsItLooksFor) {
  check_found(
      "date message-id received=2 complete",
      "Received: from a\r\nReceived: from b\r\nDate: today\r\nMessage-ID: <1@x>\r\n\r\nbody");
}

TEST(HeaderScanner, NamesMayBeInAnyCase) {
  check_found("date message-id received=1 complete",
              "RECEIVED: x\r\ndate: x\r\nmEsSaGe-Id: x\r\n\r\n");
}

TEST(HeaderScanner, OtherFieldsAreNotTakenForThem) {
  check_found("complete",
              "Resent-Date: x\r\nDates: x\r\nDat: x\r\nX-Received: x\r\nMessage-IDs: x\r\n"
              "Subject: Date: x\r\n\r\n");
}

TEST(HeaderScanner, TheHeaderEndsWithAnEmptyLine) {
  check_found("complete", "Subject: x\r\n\r\nDate: x\r\n");
  check_found("complete", "\r\nDate: x\r\n");
}

TEST(HeaderScanner, UntilThenItIsOpen) {
  check_found("open", "");
  check_found("open", "Dat");
  check_found("open", "Date");
  check_found("date open", "Date:");
  check_found("date open", "Date: x\r\n");
  check_found("open", "Subject: x\r\nDate");
}

// RFC 5322 2.2.
TEST(HeaderScanner, FoldedLinesBelongToTheirField) {
  check_found("complete", "Subject: x\r\n Date: y\r\n\tReceived: z\r\n\r\n");
  check_found("date complete", "Subject:\r\n \r\nDate: x\r\n\r\n");
}

// RFC 5322 4.5: obsolete, and still written.
TEST(HeaderScanner, BlanksMayStandBeforeTheColon) {
  check_found("date message-id complete", "Date : x\r\nMessage-ID \t: x\r\n\r\n");
}

TEST(HeaderScanner, ALineThatIsNoFieldEndsTheHeader) {
  check_found("complete", "Subject: x\r\nno field\r\nDate: x\r\n\r\n");
  check_found("complete", "Subject: x\r\nno_field\r\nDate: x\r\n\r\n");
  check_found("complete", "Subject: x\r\n: x\r\nDate: x\r\n\r\n");
  check_found("complete", "Subject: x\r\nS\xc3\xa9: x\r\nDate: x\r\n\r\n");
}

TEST(HeaderScanner, WithoutAnyFieldTheMessageIsHeadless) {
  for (const char* text :
       {"Hello\r\nDate: x\r\n\r\n", "Hello you: x\r\nDate: x\r\n", ": x\r\n", " Date: x\r\n",
        "\xc3\xa9: x\r\n", "From alice Mon Jan 1\r\nDate: x\r\n", "\x01: x\r\n"}) {
    check_found("headless complete", text);
  }
}

TEST(HeaderScanner, WithOneFieldOrAnEmptyLineItIsNot) {
  check_found("complete", "A: x\r\nHello\r\n");
  check_found("complete", "\r\nHello\r\n");
}

// RFC 5322 2.1.1.
TEST(HeaderScanner, ANameFitsInALine) {
  const std::string name(998, 'x');
  STRCMP_EQUAL("date complete", found_in({cat(name, ": y\r\nDate: z\r\n\r\n")}).c_str());
  STRCMP_EQUAL("headless complete", found_in({cat(name, "x: y\r\nDate: z\r\n\r\n")}).c_str());
}

TEST(HeaderScanner, ANameThatOnlyBeginsAsOneOfOursIsAnother) {
  check_found("complete", cat("Date", std::string(60, 'x'), ": y\r\n\r\n"));
  check_found("headless complete", cat("Message-ID", std::string(60, ' '), "x: y\r\n"));
}

// RFC 3030 2: the last chunk need not end in a line end.
TEST(HeaderScanner, WhatIsNoFieldWhereTheTextEndsIsNone) {
  const auto finished = [](const Pieces& pieces) {
    HeaderScanner scanner;
    for (const std::string_view piece : pieces) scanner.scan(PieceBuffer(piece).view());
    scanner.finish();
    CHECK(scanner.is_complete());
    return std::string(scanner.is_headless() ? "headless" : "with header");
  };
  for (const char* text : {"Hello", "Hello ", "\r"}) {
    STRCMP_EQUAL("headless", same_at_every_cut(text, finished).c_str());
  }
  for (const char* text : {"", "A:", "A: x", "A: x\r", "A: x\r\nHello", "\r\n", "\r\nHello"}) {
    STRCMP_EQUAL("with header", same_at_every_cut(text, finished).c_str());
  }
}

// Where the text is BINARYMIME a CR may stand alone.
TEST(HeaderScanner, ACrAloneIsNoEmptyLine) {
  check_found("headless complete", "\rDate: x\r\n");
  check_found("headless complete", "\r\r\n");
  check_found("complete", "A: x\r\n\rDate: x\r\n");
}

TEST(HeaderScanner, KnowsWhenItIsInAField) {
  HeaderScanner scanner;
  for (const char* line : {"A:", " x", "\ty\r", "B : z"}) {
    scanner.scan(line);
    CHECK_TEXT(scanner.is_in_field(), line);
    scanner.scan("\r\n");
    CHECK_TEXT(!scanner.is_in_field(), line);
  }
  scanner.scan("Name ");
  CHECK(!scanner.is_in_field());
  scanner.scan("x");
  CHECK(!scanner.is_in_field());
}

TEST(HeaderScanner, CountsTheOctetsOfTheHeader) {
  const auto octets_in = [](const Pieces& pieces) {
    HeaderScanner scanner;
    for (const std::string_view piece : pieces) scanner.scan(PieceBuffer(piece).view());
    return std::to_string(scanner.octets());
  };
  STRCMP_EQUAL("12", same_at_every_cut("Subject: x\r\n", octets_in).c_str());
  STRCMP_EQUAL("9", same_at_every_cut("Subject: ", octets_in).c_str());
  STRCMP_EQUAL("0", same_at_every_cut("", octets_in).c_str());
  STRCMP_EQUAL("14", same_at_every_cut("Subject: x\r\n\r\nbody", octets_in).c_str());
}

TEST(HeaderScanner, NothingChangesOnceItIsComplete) {
  HeaderScanner scanner;
  scanner.scan("Subject: x\r\n\r\n");
  scanner.scan("Date: x\r\nReceived: x\r\n");
  CHECK(!scanner.has_date());
  LONGS_EQUAL(0, scanner.received_fields());
}
