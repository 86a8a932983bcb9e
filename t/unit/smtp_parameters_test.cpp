// SPDX-License-Identifier: ISC
//
// t/unit/smtp_parameters_test.cpp - what stands behind an address.

#include "smtp/parameters.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::smtp::parse_parameters;

namespace {

// "[SIZE=100][SMTPUTF8]", or the reply.
std::string parsed(std::string_view text) {
  const auto parameters = parse_parameters(text);
  if (!parameters) return parameters.error().line();
  std::string out;
  for (const auto& [keyword, value] : *parameters) {
    out += cat("[", keyword, value ? cat("=", *value) : std::string(), "]");
  }
  return out;
}

void check_parameters(const char* expected, std::string_view text) {
  STRCMP_EQUAL(expected, parsed(text).c_str());
}

void check_refused(std::string_view text) {
  STRCMP_CONTAINS("501 5.5.4 Bad value of parameter", parsed(text).c_str());
}

}  // namespace

TEST_GROUP(SmtpParameters){};

TEST(SmtpParameters, ThereMayBeNone) {
  check_parameters("", "");
  check_parameters("", " \t ");
}

TEST(SmtpParameters, TakesKeywordsWithAndWithoutValues) {
  check_parameters("[SIZE=100]", " SIZE=100");
  check_parameters("[SMTPUTF8][SIZE=1][X-y=a/b+c;d]", " SMTPUTF8  SIZE=1\tX-y=a/b+c;d ");
  check_parameters("[8BITMIME]", " 8BITMIME");
}

// RFC 6533 3.
TEST(SmtpParameters, ValuesMayBeUtf8) {
  check_parameters("[ORCPT=utf-8;ren\xc3\xa9@x]", " ORCPT=utf-8;ren\xc3\xa9@x");
  check_refused(" ORCPT=utf-8;ren\xe9@x");
}

TEST(SmtpParameters, ABlankStandsInFront) {
  check_parameters("501 5.5.4 Syntax: a blank between address and parameters", "SIZE=100");
}

TEST(SmtpParameters, RefusesWhatIsNoKeyword) {
  for (const char* text : {" =1", " -X=1", " X_Y=1", " X.Y", " \xc3\xa9=1", " X:1", " <a@b>"}) {
    check_refused(text);
  }
}

TEST(SmtpParameters, RefusesWhatIsNoValue) {
  check_refused(" SIZE=");
  check_refused(" SIZE=1=2");
  check_refused(" X==");
  check_refused(" X=a\x7f");
  check_refused(std::string_view(" X=a\0", 5));
  check_refused(" X=a\x01");
}

TEST(SmtpParameters, NoKeywordComesTwice) {
  check_parameters("501 5.5.4 Parameter size is there twice", " SIZE=1 BODY=7BIT size=1");
}

TEST(SmtpParameters, ThereAreAtMostSixteen) {
  std::string text;
  for (char c = 'a'; c < 'a' + 16; ++c) text += cat(" ", c);
  STRCMP_EQUAL("[a][b][c][d][e][f][g][h][i][j][k][l][m][n][o][p]", parsed(text).c_str());
  check_refused(text + " q");
}
