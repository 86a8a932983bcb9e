// SPDX-License-Identifier: ISC
//
// t/unit/mail_address_list_test.cpp - the addresses in the value of a header field.

#include "mail/address_list.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::Errc;
using postern::mail::Mailbox;
using postern::mail::parse_address_list;

namespace {

// "bob@example.net root", or the error's message.
std::string found_in(std::string_view value) {
  const auto list = parse_address_list(value);
  if (!list) return list.error().message();
  std::string found;
  for (const Mailbox& mailbox : *list) found += cat(found.empty() ? "" : " ", mailbox.to_string());
  return found;
}

void check_found(const char* expected, std::string_view value) {
  STRCMP_EQUAL(expected, found_in(value).c_str());
}

void check_refused(std::string_view value) {
  const auto list = parse_address_list(value);
  CHECK_TEXT(!list, std::string(value).c_str());
  CHECK(list.error().code == Errc::syntax);
}

}  // namespace

TEST_GROUP(AddressList){};

// RFC 5322 3.4.
TEST(AddressList, HasAddressesWithAndWithoutNames) {
  check_found("bob@example.net", "bob@example.net");
  check_found("bob@example.net", " Bob <bob@example.net>\r\n");
  check_found("a@x b@y c@z", "a@x, B <b@y>,C C <c@z>");
  check_found("bob@example.net", "\"Bob, the \\\"builder\\\" <x@y>\" <bob@example.net>");
  check_found("bob@[192.0.2.1]", "Bob <bob@[192.0.2.1]>");
}

TEST(AddressList, MayBeEmpty) {
  check_found("", "");
  check_found("", " \r\n");
  check_found("", "(nobody)");
  check_found("", " , ,");
}

// RFC 5322 3.4.
TEST(AddressList, MembersOfGroupsAreAddresses) {
  check_found("", "Undisclosed recipients:;");
  check_found("a@x b@y c@z", "Friends: a@x, B <b@y>;, c@z");
  check_found("a@x b@y", "\"A group\": a@x; Another:b@y;");
  check_found("a@x", "Without end: a@x");
}

// RFC 5322 3.2.2.
TEST(AddressList, CommentsNestAndAreDropped) {
  check_found("bob@example.net", "(a (b (c)) \\) <x@y>) bob(not alice)@(at)example.net (, z@z)");
  check_found("bob@example.net", "Bob (\"<x@y>) <bob@example.net> (end)");
}

// RFC 5322 2.2.3.
TEST(AddressList, LinesMayBeFolded) {
  check_found("a@x bob@example.net", "a@x,\r\n\tBob\r\n <bob\r\n @example.net>\r\n");
  check_found("bob@example.net", "\"Bob\r\n Builder\" <bob@example.net>");
}

// RFC 5322 3.2.4.
TEST(AddressList, QuotesInLocalPartsMeanWhatTheySay) {
  check_found("bob@example.net", "\"bob\"@example.net");
  check_found("\"bob builder\"@example.net", "\"bob builder\"@example.net");
  check_found("\"a@b\"@example.net", "\"a\\@b\"@example.net");
  check_found("\"a\\\"b\"@example.net", "<\"a\\\"b\"@example.net>");
  check_found("\"\"@example.net", "\"\"@example.net");
}

// RFC 5322 4.4.
TEST(AddressList, ObsoleteFormsAreUnderstood) {
  check_found("john.smith@example.net", "john . smith @ example . net");
  check_found("john.smith@example.net", "\"john\".smith@example.net");
  check_found("bob@example.net", "<@one.example,@two.example:bob@example.net>");
  check_found("a@x b@y", ",a@x,,b@y,");
}

// RFC 2047 5: an encoded word in a name is not looked into.
TEST(AddressList, EncodedWordsAreNamesLikeOthers) {
  check_found("a@x b@y", "=?utf-8?q?M=C3=BC=2C?= <a@x>, =?utf-8?b?PHhAeT4=?= =?x?y?z?= <b@y>");
}

TEST(AddressList, NamesThatShouldHaveQuotesAreForgiven) {
  check_found("bob@example.net", "John Q. Public <bob@example.net>");
  check_found("bob@example.net", "bob@example.net <bob@example.net>");
  check_found("bob@example.net",
              "B\xc3\xb6"
              "b (B) <bob@example.net>");
  check_found("bob@example.net", "[list] <bob@example.net>");
  check_found("a@x b@y", "a@x; b@y");
  check_found("\"a..b\"@example.net", "a..b@example.net");
}

TEST(AddressList, WhatHasNoDomainIsLocal) {
  check_found("root", "root");
  check_found("root bob@example.net", "root, Bob <bob@example.net>");
  check_found("john.smith", "John <john.smith>");
  CHECK(parse_address_list("Root <root>")->front() == (Mailbox{"root", ""}));
}

// RFC 6532 3.3; and RFC 5890 2.3.2.1: the domain is then in A-labels.
TEST(AddressList, AddressesMayBeInternationalised) {
  check_found("bob@xn--bcher-kva.example",
              "Bob <bob@b\xc3\xbc"
              "cher.example>");
  check_found(
      "b\xc3\xb6"
      "b@xn--bcher-kva.example",
      "b\xc3\xb6"
      "b@B\xc3\xbc"
      "cher.example");
}

TEST(AddressList, WhatIsNoAddressIsRefused) {
  for (const char* value : {"bob builder",
                            "bob@",
                            "@example.net",
                            "bob@@example.net",
                            "bob@exa mple.net",
                            "a@b@c",
                            "<>",
                            "Bob <>",
                            "<bob@example.net",
                            "bob@example.net>",
                            "<a@x> b@y",
                            "<a@x> <b@y>",
                            "<<a@x>>",
                            "<a@x,b@y>",
                            "<@one.example>",
                            ":a@x;",
                            "a@x:b@y",
                            "bob\\@example.net",
                            "bob@-example.net",
                            "bob@[300.1.1.1]",
                            "bob@[192.0.2.1].example",
                            "bob@\"example.net\"",
                            "a\x01"
                            "b@example.net",
                            "\"a\x01\"@example.net",
                            "b\xff@example.net",
                            "a)b@example.net"}) {
    check_refused(value);
  }
}

TEST(AddressList, WhatHasNoEndIsRefused) {
  STRCMP_EQUAL("comment without end in \"(a (b) c\"", found_in("(a (b) c").c_str());
  STRCMP_EQUAL("quoted string without end in \"\\x22bob@example.net\"",
               found_in("\"bob@example.net").c_str());
  STRCMP_EQUAL("address literal without end in \"bob@[192.0.2.1\"",
               found_in("bob@[192.0.2.1").c_str());
  check_refused("\"bob\\");
  check_refused("(\\");
}

TEST(AddressList, TheErrorShowsTheElement) {
  STRCMP_EQUAL("\"bob builder\" is not an address", found_in("a@x, bob builder , b@y").c_str());
  STRCMP_EQUAL("\"bob@-x\": malformed domain", found_in("a@x, bob@-x , b@y").c_str());
}

// RFC 5321 4.5.3.1.1.
TEST(AddressList, LengthsAreThoseOfSmtp) {
  const auto list = parse_address_list(cat(std::string(65, 'a'), "@example.net"));
  CHECK(!list);
  CHECK(list.error().code == Errc::limit);
}
