// SPDX-License-Identifier: ISC
//
// t/unit/conf_lexical_scanner_test.cpp - comments, strings and numbers before libconfig sees them.

#include <string>
#include <vector>

#include "base/text.h"
#include "conf/lexical_scanner.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;

namespace {

LexicalScanner scan(std::string_view text) {
  LexicalScanner scanner;
  for (const std::string_view line : split_lines(text)) scanner.scan(line);
  scanner.end_file();
  return scanner;
}

std::string faults(std::string_view text) {
  const LexicalScanner scanner = scan(text);
  std::string out;
  for (const LineFault& fault : scanner.faults()) {
    out += cat(fault.line, ": ", fault.text.substr(0, fault.text.find(';')), "\n");
  }
  return out;
}

std::string string_lines(std::string_view text) {
  const LexicalScanner scanner = scan(text);
  std::string out;
  for (const unsigned line : scanner.string_lines()) out += cat(line, " ");
  return out;
}

}  // namespace

TEST_GROUP(ConfLexicalScanner){};

TEST(ConfLexicalScanner, AdjacentStringsAreOneValue) {
  STRCMP_EQUAL("1 1 3 ", string_lines("a = \"x\"; b = [ \"y\"\n\"z\" // c\n, \"w\" ];").c_str());
  STRCMP_EQUAL("1 ", string_lines("a = \"x\" /* \"no\n\" */ \"y\";").c_str());
  STRCMP_EQUAL("1 2 ", string_lines("( \"x\",\n\"y\" )").c_str());
}

TEST(ConfLexicalScanner, QuotesCanBeEscaped) {
  STRCMP_EQUAL("", faults(R"(a = "x\"y"; b = "\\"; c = "\d"; d = "";)").c_str());
  STRCMP_EQUAL("1 1 1 1 ", string_lines(R"(a = "x\"y"; b = "\\"; c = "\d"; d = "";)").c_str());
}

TEST(ConfLexicalScanner, AStringEndsOnItsLine) {
  STRCMP_EQUAL("2: the string has no closing quote on its line\n",
               faults("a = 1;\nb = \"x;\n").c_str());
  STRCMP_EQUAL("1: the string has no closing quote on its line\n", faults("b = \"x\\\"").c_str());
  STRCMP_EQUAL("1: the string has no closing quote on its line\n", faults("b = \"x\\").c_str());
}

TEST(ConfLexicalScanner, NothingInACommentCounts) {
  STRCMP_EQUAL("", faults("# \"\n// \" 0x1\n/* \" \n 99999999999999999999 # */ a = 1;").c_str());
  STRCMP_EQUAL("", faults("a = \"/* # //\"; b = 1;").c_str());
  STRCMP_EQUAL("", faults("# /*\na = 1;").c_str());
}

TEST(ConfLexicalScanner, ACommentEndsInItsFile) {
  STRCMP_EQUAL("2: the comment that begins here has no end\n", faults("a = 1;\n/* x\n y").c_str());
  LexicalScanner scanner;
  scanner.scan("/* x");
  CHECK(scanner.in_comment());
  scanner.scan("y */ a = 1; /* z */");
  CHECK_FALSE(scanner.in_comment());
}

TEST(ConfLexicalScanner, NumbersFitTheTypeLibconfigGivesThem) {
  STRCMP_EQUAL(
      "", faults("a = 2147483647; b = -5; c = 010; d = 9223372036854775807L; e = 1.5e9;").c_str());
  STRCMP_EQUAL("1: 2147483648 is too large for a bare number\n", faults("a = 2147483648;").c_str());
  STRCMP_EQUAL("1: 9223372036854775808 is too large for a bare number\n",
               faults("a = 9223372036854775808L;").c_str());
  STRCMP_EQUAL("1: hexadecimal number\n2: hexadecimal number\n",
               faults("a = 0x10;\nb = 0XFFL;").c_str());
}

TEST(ConfLexicalScanner, DigitsInNamesAreNoNumbers) {
  STRCMP_EQUAL("", faults("a99999999999999 = 1; b-0x10 = 2; c_2147483648*9999999999 = 3;").c_str());
}
