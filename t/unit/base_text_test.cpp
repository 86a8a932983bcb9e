// SPDX-License-Identifier: ISC
//
// t/unit/base_text_test.cpp - small functions on text.

#include "base/text.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace postern;

namespace {

void check_lines(std::string_view expected, std::string_view text) {
  std::string joined;
  for (const std::string_view line : split_lines(text)) joined += cat("[", line, "]");
  STRCMP_EQUAL(std::string(expected).c_str(), joined.c_str());
}

void check_trimmed(std::string_view expected, std::string_view text) {
  STRCMP_EQUAL(std::string(expected).c_str(), std::string(trim(text)).c_str());
}

}  // namespace

TEST_GROUP(BaseText){};

TEST(BaseText, AWordEndsAtABlank) {
  std::string_view text = "MAIL \t FROM:<> x ";
  STRCMP_EQUAL("MAIL", std::string(take_word(text)).c_str());
  STRCMP_EQUAL("FROM:<> x", std::string(text).c_str());
  text = "QUIT";
  STRCMP_EQUAL("QUIT", std::string(take_word(text)).c_str());
  STRCMP_EQUAL("", std::string(take_word(text)).c_str());
}

TEST(BaseText, CatJoinsTextCharactersAndNumbers) {
  STRCMP_EQUAL("", cat().c_str());
  STRCMP_EQUAL("a,b-7 18446744073709551615",
               cat("a", ',', std::string("b"), -7, std::string_view(" "), UINT64_MAX).c_str());
  STRCMP_EQUAL("65", cat(std::uint8_t{65}).c_str());
}

TEST(BaseText, ClassesAreThoseOfAscii) {
  std::string digits;
  std::string letters;
  std::string controls;
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    if (is_digit(c)) digits += c;
    if (is_alpha(c)) letters += c;
    if (is_control(c)) controls += c;
    CHECK(is_eight_bit(c) == (i >= 128));
    CHECK(is_alnum(c) == (is_digit(c) || is_alpha(c)));
  }
  STRCMP_EQUAL("0123456789", digits.c_str());
  STRCMP_EQUAL("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", letters.c_str());
  LONGS_EQUAL(33, controls.size());
  CHECK(controls.front() == '\0' && controls.back() == '\x7f');
}

TEST(BaseText, LowerChangesAsciiLettersOnly) {
  STRCMP_EQUAL("az@[`{\xc3\x84z", lower("AZ@[`{\xc3\x84Z").c_str());
}

TEST(BaseText, IequalsFoldsAsciiCase) {
  CHECK(iequals("", ""));
  CHECK(iequals("StartTLS", "STARTtls"));
  CHECK(!iequals("MAIL", "MAI"));
  CHECK(!iequals("MAI", "MAIL"));
  CHECK(!iequals("a@", "a`"));
  CHECK(!iequals("\xc3\x84", "\xc3\xa4"));
}

TEST(BaseText, HasEightBit) {
  CHECK(!has_eight_bit(""));
  CHECK(!has_eight_bit(std::string_view("\0\x7f", 2)));
  CHECK(has_eight_bit("ab\x80"));
}

// RFC 3629 4.
TEST(BaseText, Utf8IsWellFormed) {
  for (const char* text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z\xe2\x82\xac"}) {
    CHECK_TEXT(is_utf8(text), text);
  }
}

TEST(BaseText, WhatIsMalformedIsNoUtf8) {
  const char* const continuations[] = {"\x80", "\xbf", "a\x80", "\xc3\xa9\xa9"};
  const char* const cut_off[] = {"\xc3", "\xe2\x82", "\xf0\x90\x80", "\xe2\x82z", "\xc3z"};
  const char* const overlong[] = {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"};
  const char* const surrogates[] = {"\xed\xa0\x80", "\xed\xbf\xbf"};
  const char* const beyond[] = {"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe"};
  for (const char* text : continuations) CHECK(!is_utf8(text));
  for (const char* text : cut_off) CHECK(!is_utf8(text));
  for (const char* text : overlong) CHECK(!is_utf8(text));
  for (const char* text : surrogates) CHECK(!is_utf8(text));
  for (const char* text : beyond) CHECK(!is_utf8(text));
}

TEST(BaseText, ControlCharactersOfUnicode) {
  for (const char* text : {"\n", "a\x7f", "\xc2\x80",
                           "a\xc2\x9f"
                           "b",
                           "\xe2\x80\xa8", "a\xe2\x80\xa9"}) {
    CHECK_TEXT(has_unicode_control(text), text);
  }
  CHECK(has_unicode_control(std::string_view("\0", 1)));
  for (const char* text :
       {"", " ~", "\xc2\xa0", "\xc3\x80", "\xe2\x80\xa7", "\xe2\x80\xaa", "\xe2\x81\xa8"}) {
    CHECK_TEXT(!has_unicode_control(text), text);
  }
}

TEST(BaseText, TrimTakesBlanksAndLineEndsOffBothEnds) {
  check_trimmed("", "");
  check_trimmed("", " \t\r\n");
  check_trimmed("a", "a");
  check_trimmed("a  b", " \t a  b\r\n");
  check_trimmed("\va\f", "\va\f");
}

TEST(BaseText, SplitLinesTakesBothLineEnds) {
  check_lines("", "");
  check_lines("[]", "\n");
  check_lines("[a][b]", "a\nb");
  check_lines("[a][b]", "a\nb\n");
  check_lines("[a][][b]", "a\r\n\r\nb\r\n");
  check_lines("[a\rb][c]", "a\rb\nc\r");
}

TEST(BaseText, TheFirstCrOrLfIsFound) {
  CHECK(find_cr_or_lf("") == std::string_view::npos);
  CHECK(find_cr_or_lf("ab") == std::string_view::npos);
  CHECK(find_cr_or_lf("a\r\n", 3) == std::string_view::npos);
  CHECK(find_cr_or_lf("a\r\n", 4) == std::string_view::npos);
  LONGS_EQUAL(1, find_cr_or_lf("a\rb\n"));
  LONGS_EQUAL(1, find_cr_or_lf("a\nb\r"));
  LONGS_EQUAL(3, find_cr_or_lf("a\nb\r", 2));
  LONGS_EQUAL(1, find_cr_or_lf("a\r\n", 1));
}

TEST(BaseText, ACrOrLfIsFoundFarAway) {
  for (std::size_t at = 1000; at < 3100; ++at) {
    std::string text(4000, 'x');
    text[at] = at % 2 == 0 ? '\r' : '\n';
    text[at + 1] = '\n';
    LONGS_EQUAL(at, find_cr_or_lf(text));
    LONGS_EQUAL(at, find_cr_or_lf(text, at));
  }
}

TEST(BaseText, ParseDecimalTakesTheWholeText) {
  CHECK(parse_decimal<unsigned>("0") == 0U);
  CHECK(parse_decimal<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  CHECK(parse_decimal<int>("-12") == -12);
  CHECK(parse_decimal<unsigned>("007") == 7U);
}

TEST(BaseText, ParseDecimalRefusesWhatIsNoNumberOrDoesNotFit) {
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1x", "x", "0x10", "1.0", "4294967296"}) {
    CHECK_TEXT(!parse_decimal<std::uint32_t>(text), text);
  }
  CHECK(!parse_decimal<std::uint16_t>("65536"));
  CHECK(!parse_decimal<int>("--1"));
}

TEST(BaseText, PrintableLeavesAsciiAlone) {
  STRCMP_EQUAL("a b~!'<>", printable("a b~!'<>").c_str());
}

TEST(BaseText, PrintableEscapesWhatCouldMislead) {
  STRCMP_EQUAL("\\x00\\x0d\\x0a\\x1b\\x7f",
               printable(std::string_view("\0\r\n\x1b\x7f", 5)).c_str());
  STRCMP_EQUAL("\\x22\\x5c\\xc3\\xa9", printable("\"\\\xc3\xa9").c_str());
}

TEST(BaseText, PrintableCutsLongText) {
  STRCMP_EQUAL("abc", printable("abc", 3).c_str());
  STRCMP_EQUAL("abc...", printable("abcd", 3).c_str());
  LONGS_EQUAL(256, printable(std::string(256, 'x')).size());
  LONGS_EQUAL(259, printable(std::string(257, 'x')).size());
}
