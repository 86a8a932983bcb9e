// SPDX-License-Identifier: ISC
//
// t/unit/mail_address_test.cpp - the address grammar of RFC 5321 4.1.2.

#include "mail/address.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern::mail;
using postern::cat;
using postern::Errc;
using postern::Result;

namespace {

// "local|domain" of a mailbox, or the error's message.
std::string described(const Result<Mailbox>& mailbox) {
  if (!mailbox) return mailbox.error().message();
  return cat(mailbox->local_part, "|", mailbox->domain);
}

void check_mailbox(const std::string& expected, std::string_view text,
                   Charset charset = Charset::ascii) {
  STRCMP_EQUAL(expected.c_str(), described(parse_mailbox(text, charset)).c_str());
}

void check_malformed(std::string_view text, Charset charset = Charset::ascii) {
  const auto mailbox = parse_mailbox(text, charset);
  CHECK_TEXT(!mailbox, std::string(text).c_str());
  CHECK(mailbox.error().code == Errc::syntax);
}

// A forward path, and what it leaves of the text.
void check_path(const char* expected, const char* rest, std::string_view text) {
  STRCMP_EQUAL(expected, described(parse_forward_path(text, Charset::ascii)).c_str());
  STRCMP_EQUAL(rest, std::string(text).c_str());
}

void check_printed(const char* expected, std::string_view text) {
  const auto mailbox = parse_mailbox(text, Charset::utf8);
  CHECK_TEXT(mailbox.has_value(), std::string(text).c_str());
  STRCMP_EQUAL(expected, mailbox->to_string().c_str());
  CHECK(*parse_mailbox(mailbox->to_string(), Charset::utf8) == *mailbox);
}

}  // namespace

TEST_GROUP(MailAddress){};

TEST(MailAddress, ADotStringAndADomain) {
  check_mailbox("alice|example.org", "alice@example.org");
  check_mailbox("a.b-c+d|x", "a.b-c+d@x");
  check_mailbox("!#$%&'*+-/=?^_`{|}~|x.y", "!#$%&'*+-/=?^_`{|}~@x.y");
  check_mailbox("1|1-a.2", "1@1-a.2");
}

TEST(MailAddress, TheDomainIsLowerCaseAndTheLocalPartIsAsItIs) {
  check_mailbox("Alice|example.org", "Alice@EXAMPLE.Org");
}

TEST(MailAddress, MalformedDotStrings) {
  for (const char* text : {"", "@x", "alice", "alice@", ".a@x", "a.@x", "a..b@x", "a b@x", "a,b@x",
                           "a(b)@x", "a@b@x", "<a@x>", "a:b@x", "a\\b@x", " a@x", "a@x "}) {
    check_malformed(text);
  }
}

TEST(MailAddress, MalformedDomains) {
  for (const char* text : {"a@.", "a@.x", "a@x.", "a@x..y", "a@-x", "a@x-", "a@x-.y", "a@x_y",
                           "a@x y", "a@x/y", "a@x.\xc3\xa9"}) {
    check_malformed(text);
  }
}

TEST(MailAddress, QuotesAreNotPartOfTheLocalPart) {
  check_mailbox("a b|x", "\"a b\"@x");
  check_mailbox("alice|x", "\"alice\"@x");
  check_mailbox("a\"b\\c|x", "\"a\\\"b\\\\c\"@x");
  check_mailbox("ab|x", "\"\\a\\b\"@x");
  check_mailbox("@.<>|x", "\"@.<>\"@x");
}

// RFC 5321 4.1.2: Quoted-string may be empty, little use as it is.
TEST(MailAddress, AnEmptyLocalPartIsNotTheNullPath) {
  check_mailbox("|x", "\"\"@x");
  const auto mailbox = parse_mailbox("\"\"@x", Charset::ascii);
  CHECK(mailbox && !mailbox->is_null());
  STRCMP_EQUAL("\"\"@x", mailbox->to_string().c_str());
  check_malformed("@x");
}

// RFC 5321 4.1.2 qtextSMTP and quoted-pairSMTP: 32 to 126, two of which must be quoted.
TEST(MailAddress, AllThatQuotesCanHold) {
  for (int octet = 0; octet < 256; ++octet) {
    const char c = static_cast<char>(octet);
    const bool is_graphic = octet >= 32 && octet <= 126;
    const std::string escaped = cat("\"\\", c, "\"@x");
    const std::string plain = cat("\"", c, "\"@x");
    CHECK(parse_mailbox(escaped, Charset::utf8).has_value() == is_graphic);
    CHECK(parse_mailbox(plain, Charset::utf8).has_value() == (is_graphic && c != '"' && c != '\\'));
  }
}

TEST(MailAddress, MalformedQuotedStrings) {
  for (const char* text : {"\"a@x", "\"a\\\"@x", "\"a\"b@x", "a\"b\"@x", "\"a\".b@x", "\"@x",
                           "\"a\\", "\"a\n\"@x", "\"a\\\t\"@x", "\"\x7f\"@x", "\"\xc3\xa9\"@x"}) {
    check_malformed(text);
  }
  check_malformed(std::string_view("\"a\0b\"@x", 7));
  check_malformed(std::string_view("\"a\\\0b\"@x", 8));
}

TEST(MailAddress, ADomainMayBeALiteral) {
  check_mailbox("a|[192.0.2.1]", "a@[192.0.2.1]");
  check_mailbox("a|[IPv6:::1]", "a@[ipv6:0:0:0:0:0:0:0:1]");
  check_mailbox("a|[X-tag:@>,:]", "a@[X-tag:@>,:]");
  for (const char* text : {"a@[]", "a@[192.0.2.1", "a@192.0.2.1]", "a@[192.0.2.1]x", "a@[x]",
                           "a@[192.0.2.1].x", "a@x[192.0.2.1]", "a@[[192.0.2.1]]"}) {
    check_malformed(text);
  }
}

// RFC 6531 3.3.
TEST(MailAddress, BeyondAsciiInUtf8Only) {
  const char* const address = "ren\xc3\xa9@caf\xc3\xa9.example";
  check_mailbox("ren\xc3\xa9|xn--caf-dma.example", address, Charset::utf8);
  check_mailbox("\xc3\xa9 \xc3\xa9|x", "\"\xc3\xa9 \xc3\xa9\"@x", Charset::utf8);
  check_malformed(address);
  check_malformed("\"\\\xc3\xa9\"@x", Charset::utf8);
  check_malformed("a@[tag:\xc3\xa9]", Charset::utf8);
}

// RFC 5890 2.3.2.1: a domain has U-labels and A-labels, and is one.
TEST(MailAddress, ADomainBeyondAsciiEqualsItsALabels) {
  const auto u_labels = parse_mailbox(
      "a@B\xc3\x9c"
      "cher.Example",
      Charset::utf8);
  const auto a_labels = parse_mailbox("a@XN--BCHER-KVA.example", Charset::ascii);
  CHECK(u_labels && a_labels && *u_labels == *a_labels);
  check_mailbox("a|xn--bcher-kva.example",
                "a@b\xc3\xbc"
                "cher.example",
                Charset::utf8);
  check_mailbox("domain is no internationalised domain name", "a@\xe2\x98\x83.net", Charset::utf8);
}

// RFC 6531 3.2: nobody but its own domain may touch it.
TEST(MailAddress, TheLocalPartIsNotNormalised) {
  check_mailbox("\xc3\x89|x", "\xc3\x89@x", Charset::utf8);
  check_mailbox("e\xcc\x81|x", "e\xcc\x81@x", Charset::utf8);
  CHECK(*parse_mailbox("e\xcc\x81@x", Charset::utf8) !=
        *parse_mailbox("\xc3\xa9@x", Charset::utf8));
}

TEST(MailAddress, ControlCharactersBeyondAscii) {
  for (const char* text : {"\xc2\x80@x", "a\xc2\x9f@x", "\"\xc2\x85\"@x", "\xe2\x80\xa8@x",
                           "a\xe2\x80\xa9"
                           "b@x"}) {
    check_malformed(text, Charset::utf8);
  }
  check_mailbox("address has control characters", "\xc2\x80@x", Charset::utf8);
  check_mailbox("\xc2\xa0\xe2\x80\xa7|x", "\xc2\xa0\xe2\x80\xa7@x", Charset::utf8);
}

TEST(MailAddress, WhatIsNoUtf8IsInNoCharset) {
  for (const char* text : {"\xff@x", "a\xc3@x", "\"\xe9\"@x", "a@x\xe9", "\xed\xa0\x80@x"}) {
    check_malformed(text, Charset::utf8);
    check_malformed(text);
  }
  check_mailbox("address is not UTF-8", "\xff@x", Charset::utf8);
}

// RFC 5321 4.5.3.1.
TEST(MailAddress, HasLimits) {
  const std::string local(64, 'l');
  const std::string label(63, 'd');
  const std::string domain = cat(label, ".", label, ".", label, ".", label);  // 255
  check_mailbox(cat(local, "|", domain), cat(local, "@", domain));
  check_mailbox("local part is longer than 64 octets", cat("l", local, "@x"));
  check_mailbox("domain is longer than 255 octets", cat("a@", domain, ".d"));
  check_malformed(cat("a@d", label));
  CHECK(parse_mailbox(cat("a@", domain, ".d"), Charset::ascii).error().code == Errc::limit);
  CHECK(parse_mailbox(cat("l", local, "@x"), Charset::ascii).error().code == Errc::limit);
}

TEST(MailAddress, QuotingDoesNotCountForTheLimit) {
  const std::string local(64, '"');
  std::string quoted;
  for (int i = 0; i < 64; ++i) quoted += "\\\"";
  check_mailbox(cat(local, "|x"), cat("\"", quoted, "\"@x"));
}

TEST(MailAddress, PrintsWhatParsesToTheSame) {
  check_printed("alice@example.org", "alice@example.org");
  check_printed("alice@example.org", "\"alice\"@example.org");
  check_printed("\"a b\"@x", "\"a b\"@x");
  check_printed("\"a\\\"b\\\\c\"@x", "\"a\\\"\\b\\\\c\"@x");
  check_printed("\"\"@x", "\"\"@x");
  check_printed("\"a..b\"@x", "\"a..b\"@x");
  check_printed("\".a\"@x", "\".a\"@x");
  check_printed("ren\xc3\xa9@x", "ren\xc3\xa9@x");
  check_printed("a@[192.0.2.1]", "a@[192.0.2.1]");
}

TEST(MailAddress, TheNullPathIsNobody) {
  CHECK(Mailbox{}.is_null());
  STRCMP_EQUAL("", Mailbox{}.to_string().c_str());
  CHECK(!(Mailbox{"", "x"}.is_null()));
  CHECK(!(Mailbox{"postmaster", ""}.is_null()));
  STRCMP_EQUAL("postmaster", (Mailbox{"postmaster", ""}.to_string().c_str()));
}

TEST_GROUP(MailPath){};

TEST(MailPath, LeavesTheParameters) {
  check_path("bob|example.net", "", "<bob@example.net>");
  check_path("bob|example.net", " NOTIFY=NEVER", "<bob@example.net> NOTIFY=NEVER");
  check_path("a> b|x", "x", "<\"a> b\"@x>x");
}

TEST(MailPath, ErrorsLeaveTheTextAsItWas) {
  check_path("address is not in angle brackets", "bob@example.net", "bob@example.net");
  check_path("address is not in angle brackets", "", "");
  check_path("malformed address", "<bob@example.net", "<bob@example.net");
  check_path("malformed address", "<bob@example.net x>", "<bob@example.net x>");
  check_path("malformed address", "<>", "<>");
  check_path("malformed address", "<bob>", "<bob>");
  check_path("malformed address", "< bob@x>", "< bob@x>");
  const std::string too_long = cat("<", std::string(65, 'l'), "@x>");
  check_path("local part is longer than 64 octets", too_long.c_str(), too_long);
}

// RFC 5321 appendix C.
TEST(MailPath, SourceRoutesAreDropped) {
  check_path("bob|example.net", "", "<@relay.example:bob@example.net>");
  check_path("bob|example.net", "", "<@a.example,@[192.0.2.1]:bob@example.net>");
  for (const char* text : {"<@a_b:bob@x>", "<@a.:bob@x>", "<@[1.2]:bob@x>", "<@a, @b:bob@x>",
                           "<@relay.example>", "<@relay.example,bob@x>", "<@:bob@x>", "<@a,:bob@x>",
                           "<@a:@b:bob@x>", "<@a,b:bob@x>", "<@a>:bob@x"}) {
    std::string_view rest = text;
    CHECK_TEXT(!parse_forward_path(rest, Charset::ascii), text);
    STRCMP_EQUAL(text, std::string(rest).c_str());
  }
}

// RFC 5321 4.5.1.
TEST(MailPath, PostmasterNeedsNoDomainAsARecipient) {
  check_path("postmaster|", " X", "<PostMaster> X");
  check_path("postmaster|x", "", "<postmaster@x>");
  std::string_view text = "<postmaster>";
  CHECK(!parse_reverse_path(text, Charset::ascii));
}

TEST(MailPath, TheReversePathMayBeNull) {
  std::string_view text = "<> SIZE=1";
  CHECK(parse_reverse_path(text, Charset::ascii)->is_null());
  STRCMP_EQUAL(" SIZE=1", std::string(text).c_str());
  text = "<alice@example.org>";
  STRCMP_EQUAL("alice|example.org", described(parse_reverse_path(text, Charset::ascii)).c_str());
  text = "< >";
  CHECK(!parse_reverse_path(text, Charset::ascii));
}

// RFC 5321 4.5.3.1.3: with the angle brackets, and with a route.
TEST(MailPath, Has256OctetsAtMost) {
  const std::string label(63, 'd');
  const std::string domain = cat(label, ".", label, ".", label, ".");
  const std::string longest = cat("<a@", domain, std::string(60, 'd'), ">");
  LONGS_EQUAL(256, longest.size());
  std::string_view text = longest;
  CHECK(parse_forward_path(text, Charset::ascii).has_value());
  const std::string longer = cat("<aa", longest.substr(2));
  text = longer;
  STRCMP_EQUAL("path is longer than 256 octets",
               described(parse_forward_path(text, Charset::ascii)).c_str());
  LONGS_EQUAL(257, text.size());
}

// The name "xn--9caaa..." is longer than what it was made from.
TEST(MailPath, Has256OctetsAtMostAsItIsPrinted) {
  std::string domain;
  for (int i = 0; i < 24; ++i) domain += "\xc3\xa9.";
  const std::string local(64, 'l');
  const std::string path = cat("<", local, "@", domain, "x>");
  LONGS_EQUAL(140, path.size());
  std::string_view text = path;
  STRCMP_EQUAL("path is longer than 256 octets",
               described(parse_forward_path(text, Charset::utf8)).c_str());
  LONGS_EQUAL(140, text.size());
  const std::string shorter = cat("<", local.substr(9), "@", domain, "x>");
  text = shorter;
  const auto mailbox = parse_forward_path(text, Charset::utf8);
  CHECK(mailbox && text.empty());
  const std::string printed = cat("<", mailbox->to_string(), ">");
  text = printed;
  CHECK(*parse_forward_path(text, Charset::ascii) == *mailbox);
}
