// SPDX-License-Identifier: ISC
//
// t/unit/mail_xtext_test.cpp - any octets as printable ASCII.

#include "mail/xtext.h"

#include <string>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::mail::decode_xtext;
using postern::mail::encode_xtext;

TEST_GROUP(MailXtext){};

TEST(MailXtext, LeavesPrintableCharactersAlone) {
  STRCMP_EQUAL("alice@example.org!~\"\\", encode_xtext("alice@example.org!~\"\\").c_str());
}

TEST(MailXtext, EncodesWhatWouldEndAValueOrALine) {
  STRCMP_EQUAL("a+3Bb+20c+3Dd+2Be+0A+7F", encode_xtext("a;b c=d+e\n\x7f").c_str());
  STRCMP_EQUAL("gr+C3+BCn", encode_xtext("gr\xc3\xbcn").c_str());
}

TEST(MailXtext, GivesEveryOctetBack) {
  std::string octets;
  for (int octet = 0; octet < 256; ++octet) octets += static_cast<char>(octet);
  const std::string encoded = encode_xtext(octets);
  CHECK(encoded.find_first_of(";= \n\r\t") == std::string::npos);
  CHECK(!postern::has_eight_bit(encoded));
  CHECK(decode_xtext(encoded) == octets);
}

// RFC 3461 4: a writer may encode more than it must, and need not encode a semicolon.
TEST(MailXtext, DecodesCharactersThatNeedNoEncoding) {
  CHECK(decode_xtext("+41b;") == "Ab;");
}

TEST(MailXtext, RefusesMalformedText) {
  for (const char* text :
       {"+", "+4", "a+", "+4x", "+g0", "+2b", "a b", "a=b", "a\n", "gr\xc3\xbcn", "\x7f"}) {
    CHECK_TEXT(!decode_xtext(text), text);
  }
}
