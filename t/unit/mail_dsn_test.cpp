// SPDX-License-Identifier: ISC
//
// t/unit/mail_dsn_test.cpp - the parameters of RFC 3461, with the addresses of RFC 6533.

#include "mail/dsn.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern::mail;
using postern::cat;

namespace {

void check_notify(const char* expected, std::string_view text) {
  const auto notify = parse_notify(text);
  CHECK_TEXT(notify.has_value(), std::string(text).c_str());
  STRCMP_EQUAL(expected, format_notify(*notify).c_str());
  CHECK(parse_notify(expected) == notify);
}

std::string described(const std::optional<OriginalRecipient>& recipient) {
  return recipient ? cat(recipient->type, "|", recipient->address) : "nothing";
}

// Also that it prints as printed.
void check_recipient(const char* expected, const char* printed, std::string_view text,
                     Charset charset = Charset::ascii) {
  const auto recipient = parse_original_recipient(text, charset);
  STRCMP_EQUAL(expected, described(recipient).c_str());
  STRCMP_EQUAL(printed, format_original_recipient(*recipient).c_str());
  CHECK(parse_original_recipient(printed, Charset::ascii) == recipient);
}

void check_no_recipient(std::string_view text, Charset charset = Charset::ascii) {
  CHECK_TEXT(!parse_original_recipient(text, charset), std::string(text).c_str());
}

std::string repeated(int times, std::string_view text) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_GROUP(MailDsnNotify){};

TEST(MailDsnNotify, NeverOrSomeOccasions) {
  CHECK(parse_notify("NEVER") == Notify{.never = true});
  CHECK(parse_notify("SUCCESS") == Notify{.success = true});
  CHECK(parse_notify("FAILURE") == Notify{.failure = true});
  CHECK(parse_notify("DELAY") == Notify{.delay = true});
  check_notify("NEVER", "never");
  check_notify("SUCCESS,FAILURE,DELAY", "Delay,failure,SUCCESS");
  check_notify("FAILURE,DELAY", "FAILURE,DELAY");
}

TEST(MailDsnNotify, Malformed) {
  for (const char* text :
       {"", ",", "NEVER,", "NEVER,DELAY", "DELAY,NEVER", "NEVER,NEVER", "SUCCESS,", ",SUCCESS",
        "SUCCESS,,DELAY", "SUCCESS,SUCCESS", "SUCCESS,DELAY,success", "SUCCESS DELAY",
        "SUCCESS, DELAY", " DELAY", "DELAYED", "SOMETIMES"}) {
    CHECK_TEXT(!parse_notify(text), text);
  }
}

TEST_GROUP(MailDsnReturn){};

TEST(MailDsnReturn, FullOrHeaders) {
  CHECK(parse_return("FULL") == Return::full);
  CHECK(parse_return("hdrs") == Return::headers);
  for (const char* text : {"", "FULLY", "HDR", "FULL,HDRS", " FULL"}) {
    CHECK_TEXT(!parse_return(text), text);
  }
}

TEST_GROUP(MailDsnEnvelopeId){};

TEST(MailDsnEnvelopeId, IsXtextForPrintableAscii) {
  STRCMP_EQUAL("QQ314159", parse_envelope_id("QQ314159")->c_str());
  STRCMP_EQUAL("a b+=;~", parse_envelope_id("a+20b+2B+3D;~")->c_str());
  for (const char* text : {"", "a b", "a=b", "+", "+4", "+4g", "+c3", "+0A", "+00", "+7F", "+C3+A9",
                           "\xc3\xa9", "a\n"}) {
    CHECK_TEXT(!parse_envelope_id(text), text);
  }
}

// RFC 3461 4.4: 100 characters, before they are decoded.
TEST(MailDsnEnvelopeId, Has100CharactersAtMost) {
  LONGS_EQUAL(100, parse_envelope_id(std::string(100, 'x'))->size());
  CHECK(!parse_envelope_id(std::string(101, 'x')));
  LONGS_EQUAL(34, parse_envelope_id(cat(repeated(33, "+41"), "x"))->size());
  CHECK(!parse_envelope_id(repeated(34, "+41")));
}

TEST_GROUP(MailDsnOriginalRecipient){};

TEST(MailDsnOriginalRecipient, IsATypeAndAnAddress) {
  check_recipient("rfc822|bob@example.net", "rfc822;bob@example.net", "rfc822;bob@example.net");
  check_recipient("rfc822|a+b=c@x", "rfc822;a+2Bb+3Dc@x", "RFC822;a+2Bb+3Dc@x");
  check_recipient("x-+?|A b", "x-+?;A+20b", "X-+?;A+20b");
  check_recipient("x400|/a;b", "x400;/a+3Bb", "x400;/a;b");
  check_recipient("rfc822|bob", "rfc822;bob", "rfc822;bo+62");
}

TEST(MailDsnOriginalRecipient, Malformed) {
  for (const char* text :
       {"", ";", "rfc822", "rfc822;", ";bob@x", "rfc 822;bob", "rfc.822;bob", "rfc@822;bob",
        "(rfc822);bob", "rf=c;bob", "rfc822;a b", "rfc822;a=b", "rfc822;+2b", "rfc822;+0A",
        "rfc822;+7F", "rfc822;+C3+A9", "rfc822;\xc3\xa9", "\xc3\xa9;bob", " rfc822;bob"}) {
    check_no_recipient(text);
    check_no_recipient(text, Charset::utf8);
  }
  check_no_recipient(std::string_view("rfc822;a\0", 9));
  check_no_recipient(std::string_view("rfc\0;a", 6));
}

// RFC 3461 4.2.
TEST(MailDsnOriginalRecipient, Has500CharactersAtMost) {
  CHECK(
      parse_original_recipient(cat("rfc822;", std::string(493, 'x')), Charset::ascii).has_value());
  check_no_recipient(cat("rfc822;", std::string(494, 'x')));
  check_no_recipient(cat("rfc822;", repeated(165, "+41")));
  check_no_recipient(cat("rfc822;", std::string(493, ';')));  // three times that as it is printed
  CHECK(
      parse_original_recipient(cat("utf-8;", repeated(82, "\xc3\xa9")), Charset::utf8).has_value());
  check_no_recipient(cat("utf-8;", repeated(83, "\xc3\xa9")), Charset::utf8);
}

TEST_GROUP(MailDsnUtf8Recipient){};

// RFC 6533 3 utf-8-addr-xtext.
TEST(MailDsnUtf8Recipient, EscapesInAscii) {
  check_recipient("utf-8|bob@x", "utf-8;bob@x", "UTF-8;bob@x");
  check_recipient("utf-8|ren\xc3\xa9@x", "utf-8;ren\\x{E9}@x", "utf-8;ren\\x{E9}@x");
  check_recipient("utf-8|\xe5\xb1\xb1@x", "utf-8;\\x{5C71}@x", "utf-8;\\x{5c71}@x");
  check_recipient("utf-8|\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf", "utf-8;\\x{1F600}\\x{10FFFF}",
                  "utf-8;\\x{1F600}\\x{10FFFF}");
  check_recipient("utf-8|\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", "utf-8;\\x{7FF}\\x{800}\\x{FFFF}",
                  "utf-8;\\x{7FF}\\x{800}\\x{FFFF}");
  check_recipient("utf-8| +=\\;", "utf-8;\\x{20}\\x{2B}\\x{3D}\\x{5C};",
                  "utf-8;\\x{20}\\x{2B}\\x{3D}\\x{5C};");
}

// RFC 6533 3 utf-8-addr-unitext.
TEST(MailDsnUtf8Recipient, Utf8OnRequest) {
  check_recipient("utf-8|ren\xc3\xa9@x", "utf-8;ren\\x{E9}@x", "utf-8;ren\xc3\xa9@x",
                  Charset::utf8);
  check_recipient("utf-8|\xc3\xa9\xc3\xa9", "utf-8;\\x{E9}\\x{E9}", "utf-8;\xc3\xa9\\x{E9}",
                  Charset::utf8);
  check_no_recipient("utf-8;ren\xc3\xa9@x");
}

TEST(MailDsnUtf8Recipient, Malformed) {
  for (const char* text :
       {"utf-8;",          "utf-8;a b",         "utf-8;a+41",         "utf-8;a=b",
        "utf-8;\\",        "utf-8;\\\\",        "utf-8;\\x",          "utf-8;\\x{",
        "utf-8;\\x{}",     "utf-8;\\x{E9",      "utf-8;\\X{E9}",      "utf-8;\\x{E9 }",
        "utf-8;\\x{G1}",   "utf-8;\\x{-1}",     "utf-8;\\x{0E9}",     "utf-8;\\x{0}",
        "utf-8;\\x{41}",   "utf-8;\\x{3B}",     "utf-8;\\x{A}",       "utf-8;\\x{1F}",
        "utf-8;\\x{7F}",   "utf-8;\\x{85}",     "utf-8;\\x{2028}",    "utf-8;\\x{D800}",
        "utf-8;\\x{DFFF}", "utf-8;\\x{110000}", "utf-8;\\x{1000000}", "utf-8;\xc3",
        "utf-8;\xff",      "utf-8;\xc2\x85",    "utf-8;\xe2\x80\xa9", "utf-8;\xc3\\x{E9}",
        "utf-8;a\n",       "utf-8;\x7f"}) {
    check_no_recipient(text);
    check_no_recipient(text, Charset::utf8);
  }
}
