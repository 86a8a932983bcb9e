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
  check_mailbox("|x", "\"\"@x");
}

TEST(MailAddress, MalformedQuotedStrings) {
  for (const char* text : {"\"a@x", "\"a\\\"@x", "\"a\"b@x", "a\"b\"@x", "\"a\".b@x", "\"@x",
                           "\"a\\", "\"a\n\"@x", "\"a\\\t\"@x", "\"\x7f\"@x", "\"\xc3\xa9\"@x"}) {
    check_malformed(text);
  }
  check_malformed(std::string_view("\"a\0b\"@x", 7));
  check_malformed(std::string_view("\"a\\\0b\"@x", 8));
}

TEST(MailAddress, AddressLiterals) {
  check_mailbox("a|[192.0.2.1]", "a@[192.0.2.1]");
  check_mailbox("a|[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]");
  check_mailbox("a|[ipv6:::1]", "a@[ipv6:::1]");
  check_mailbox("a|[X-tag:content!]", "a@[X-tag:content!]");
}

TEST(MailAddress, MalformedAddressLiterals) {
  for (const char* text :
       {"a@[]", "a@[192.0.2]", "a@[192.0.2.1", "a@192.0.2.1]", "a@[192.0.2.256]",
        "a@[2001:db8::1]x", "a@[IPv6:]", "a@[IPv6:192.0.2.1]", "a@[IPv6:x]", "a@[:x]", "a@[tag:]",
        "a@[tag-:x]", "a@[t g:x]", "a@[tag:[x]", "a@[ ]", "a@[tag:\\x]", "a@[t_g:x]"}) {
    check_malformed(text);
  }
}

// RFC 6531 3.3.
TEST(MailAddress, BeyondAsciiInUtf8Only) {
  const char* const address = "ren\xc3\xa9@caf\xc3\xa9.example";
  check_mailbox("ren\xc3\xa9|caf\xc3\xa9.example", address, Charset::utf8);
  check_mailbox("\xc3\xa9 \xc3\xa9|x", "\"\xc3\xa9 \xc3\xa9\"@x", Charset::utf8);
  check_malformed(address);
  check_malformed("\"\\\xc3\xa9\"@x", Charset::utf8);
  check_malformed("a@[tag:\xc3\xa9]", Charset::utf8);
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
  for (const char* text : {"<@relay.example>", "<@relay.example,bob@x>", "<@:bob@x>", "<@a,:bob@x>",
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

TEST_GROUP(MailDomain){};

TEST(MailDomain, IsADomainOrALiteral) {
  for (const char* text : {"example.org", "x", "1.2.3.4", "a-b.c"}) {
    CHECK_TEXT(is_domain(text, Charset::ascii), text);
    CHECK_TEXT(is_domain_or_literal(text, Charset::ascii), text);
  }
  for (const char* text : {"", ".", "a..b", "a.", "-a", "a_b", "a b", "a@b", "[192.0.2.1"}) {
    CHECK_TEXT(!is_domain(text, Charset::ascii), text);
    CHECK_TEXT(!is_domain_or_literal(text, Charset::ascii), text);
  }
  CHECK(is_domain_or_literal("[192.0.2.1]", Charset::ascii));
  CHECK(!is_domain("[192.0.2.1]", Charset::ascii));
}

TEST(MailDomain, MayBeUtf8OnRequest) {
  CHECK(is_domain("caf\xc3\xa9.example", Charset::utf8));
  CHECK(!is_domain("caf\xc3\xa9.example", Charset::ascii));
  CHECK(!is_domain("caf\xc3.example", Charset::utf8));
}

TEST(MailDomain, Has255OctetsAtMost) {
  const std::string label(63, 'd');
  const std::string longest = cat(label, ".", label, ".", label, ".", label);
  CHECK(is_domain(longest, Charset::ascii));
  CHECK(!is_domain(cat(longest, ".d"), Charset::ascii));
}
