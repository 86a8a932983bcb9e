// SPDX-License-Identifier: ISC
//
// t/unit/sendmail_author_test.cpp - whom a message is from that does not say so.

#include "sendmail/author.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::sendmail::from_field;
using postern::sendmail::full_name_of;

namespace {

void check_from(const std::string& expected, std::string_view full_name) {
  STRCMP_EQUAL(cat("From: ", expected, "\r\n").c_str(),
               from_field(full_name, {"alice", "example.org"}).c_str());
}

}  // namespace

TEST_GROUP(SendmailAuthor){};

TEST(SendmailAuthor, TheFullNameIsInFrontOfTheFirstComma) {
  STRCMP_EQUAL("Alice Smith", full_name_of("Alice Smith,Room 1,123", "alice").c_str());
  STRCMP_EQUAL("Alice", full_name_of(" Alice ", "alice").c_str());
  STRCMP_EQUAL("", full_name_of(",,,", "alice").c_str());
  STRCMP_EQUAL("", full_name_of("", "alice").c_str());
}

TEST(SendmailAuthor, AnAmpersandIsTheLogin) {
  STRCMP_EQUAL("Alice Smith", full_name_of("& Smith", "alice").c_str());
  STRCMP_EQUAL("7up", full_name_of("&", "7up").c_str());
  STRCMP_EQUAL("", full_name_of("&", "").c_str());
}

// RFC 5322 3.6.2.
TEST(SendmailAuthor, NamesGetTheQuotesTheyNeed) {
  check_from("alice@example.org", "");
  check_from("Alice Smith <alice@example.org>", "Alice Smith");
  check_from("\"Alice S. Smith\" <alice@example.org>", "Alice S. Smith");
  check_from("\"a\\\"b\\\\c <x@y>\" <alice@example.org>", "a\"b\\c <x@y>");
}

TEST(SendmailAuthor, ANameCannotBeginAnotherField) {
  check_from("Alice  Bcc <alice@example.org>", "Alice\r\nBcc");
  check_from("alice@example.org", "\r\n\t");
}

// RFC 2047 2 and 5.
TEST(SendmailAuthor, NamesBeyondAsciiAreEncoded) {
  check_from("=?utf-8?B?SsO2cmc=?= <alice@example.org>", "J\xc3\xb6rg");
  check_from("=?utf-8?B?PT94PyJ5?= <alice@example.org>", "=?x?\"y");
  check_from("alice@example.org", "J\xf6rg");
}

TEST(SendmailAuthor, LongOnesAreFoldedBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 30; ++i) name += "\xe5\xb1\xb1";
  const std::string word =
      "=?utf-8?B?5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx5bGx?=";
  check_from(cat(word, "\r\n ", word, " <alice@example.org>"), name);
  STRCMP_CONTAINS("?=\r\n =?", from_field(cat("x", name), {"a", "b"}).c_str());
}
