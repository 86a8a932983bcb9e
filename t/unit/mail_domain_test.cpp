// SPDX-License-Identifier: ISC
//
// t/unit/mail_domain_test.cpp - domain names and address literals, and the one form they have.

#include "mail/domain.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern::mail;
using postern::cat;
using postern::Errc;
using postern::Result;

namespace {

constexpr const char* malformed = "malformed domain";
constexpr const char* not_allowed = "domain is no internationalised domain name";

std::string described(const Result<std::string>& result) {
  return result ? *result : result.error().message();
}

// The form is its own form.
void check_domain(const char* expected, std::string_view text) {
  const auto domain = canonical_domain(text);
  STRCMP_EQUAL(expected, described(domain).c_str());
  if (domain) STRCMP_EQUAL(expected, described(canonical_domain(*domain)).c_str());
}

void check_literal(const char* expected, std::string_view text) {
  const auto literal = canonical_address_literal(text);
  STRCMP_EQUAL(expected, described(literal).c_str());
  if (literal) STRCMP_EQUAL(expected, described(canonical_address_literal(*literal)).c_str());
}

std::string repeated(int times, std::string_view text) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_GROUP(MailDomain){};

TEST(MailDomain, IsNoLiteral) {
  for (const char* text : {"example.org", "x", "1.2.3.4", "a-b.c"}) {
    CHECK_TEXT(is_domain(text, Charset::ascii), text);
  }
  for (const char* text : {"", ".", "a..b", "a.", "-a", "a_b", "a b", "a@b", "[192.0.2.1"}) {
    CHECK_TEXT(!is_domain(text, Charset::ascii), text);
  }
  CHECK(!is_domain("[192.0.2.1]", Charset::ascii));
}

TEST(MailDomain, MayBeUtf8OnRequest) {
  CHECK(is_domain("caf\xc3\xa9.example", Charset::utf8));
  CHECK(!is_domain("caf\xc3\xa9.example", Charset::ascii));
  CHECK(!is_domain("caf\xc3.example", Charset::utf8));
}

TEST(MailDomain, HasOneForm) {
  check_domain("example.org", "Example.ORG");
  check_domain("localhost", "localhost");
  check_domain("1.2", "1.2");
  check_domain("a--b.c-1", "A--b.C-1");
}

TEST(MailDomain, MalformedNames) {
  for (const char* text :
       {"",          ".",           ".x",           "x.",           "x..y",
        "-x",        "x-",          "x.-y",         "x-.y",         "x_y",
        "x y",       "x/y",         "x\n",          "x\x7f",        "[192.0.2.1]",
        "\xc3\xa9.", "\xc3\xa9..x", "\xc3\xa9_x.y", "\xc3\xa9.x_y", "-\xc3\xa9",
        "\xc3\xa9-"}) {
    check_domain(malformed, text);
  }
  check_domain(malformed, std::string_view("x\0y", 3));
  check_domain(malformed, std::string_view("\xc3\xa9\0y", 4));
  check_domain("domain is not UTF-8", "caf\xc3.example");
  check_domain("domain is not UTF-8", "\xed\xa0\x80.example");
}

// RFC 5321 4.5.3.1.2, RFC 1035 2.3.4.
TEST(MailDomain, HasLimits) {
  const std::string label(63, 'd');
  const std::string longest = cat(label, ".", label, ".", label, ".", label);
  check_domain(longest.c_str(), longest);
  check_domain("domain is longer than 255 octets", cat(longest, ".d"));
  check_domain(malformed, cat(label, "d"));
  CHECK(canonical_domain(cat(longest, ".d")).error().code == Errc::limit);
  CHECK(canonical_domain(cat(label, "d")).error().code == Errc::syntax);
}

// RFC 5891.
TEST(MailDomain, ULabelsBecomeALabels) {
  check_domain("xn--bcher-kva.example",
               "b\xc3\xbc"
               "cher.example");
  check_domain("xn--fa-hia.example", "fa\xc3\x9f.EXAMPLE");
  check_domain("xn--fsqu00a.xn--0zwm56d", "\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95");
  check_domain("xn--9ca.xn--bcher-kva", "\xc3\xa9.xn--bcher-kva");
}

// RFC 5895 2: case, composition, width, and the ideographic full stop.
TEST(MailDomain, WhatUsersWriteIsMapped) {
  check_domain("xn--bcher-kva.example",
               "B\xc3\x9c"
               "CHER.Example");
  check_domain("xn--9ca.example", "e\xcc\x81.example");
  check_domain("ab.example", "\xef\xbd\x81\xef\xbd\x82.example");
  check_domain("xn--9ca.example",
               "\xc3\xa9\xe3\x80\x82"
               "example");
}

TEST(MailDomain, WhatIdna2008DoesNotAllow) {
  for (const char* text : {
           "\xe2\x98\x83.example",  // a snowman
           "\xcc\x81"
           "a.example",              // begins with a combining mark
           "1\xd7\x90.example",      // RFC 5893 2: a digit before right-to-left letters
           "ab--c\xc3\xa9.example",  // RFC 5891 4.2.3.1: hyphens in third and fourth place
           "a\xe2\x80\x8d"
           "b.example",             // RFC 5892 A.2: a joiner that joins nothing
           "\xc2\xad.example",      // a soft hyphen, of which nothing is left
           "\xe2\x84\x80.example",  // U+2100, which is mapped to "a/c"
           "\xc3\xa9\xef\xbc\xbf"
           "x.y",                   // a wide underscore
           "\xc3\xa9\xe3\x80\x82",  // an ideographic full stop at the end
           "\xc3\xa9\xe3\x80\x82\xe3\x80\x82x",
           "xn--zzzz999.\xc3\xa9",  // an A-label of nothing
           "\xc2\x80.example",
           "\xe2\x80\xa8.example",
       }) {
    check_domain(not_allowed, text);
    CHECK(canonical_domain(text).error().code == Errc::syntax);
  }
}

// Nobody else looks at them before the DNS does.
TEST(MailDomain, AnAsciiNameNeedsNoValidALabels) {
  check_domain("xn--zzzz999.example", "xn--zzzz999.example");
  check_domain("ab--c.example", "ab--c.example");
}

TEST(MailDomain, LimitsHoldForALabels) {
  const std::string e = "\xc3\xa9";
  check_domain(cat("xn--9ca", std::string(55, 'a')).c_str(), repeated(56, e));  // 112 octets
  check_domain(not_allowed, repeated(60, e));
  const std::string labels = repeated(31, e + ".");  // 31 times "xn--9ca."
  check_domain(cat(repeated(31, "xn--9ca."), "12345").c_str(), labels + "12345");
  check_domain("domain is too long for the DNS", labels + "123456");
  CHECK(canonical_domain(labels + "123456").error().code == Errc::limit);
}

TEST_GROUP(MailAddressLiteral){};

TEST(MailAddressLiteral, OfIpv4) {
  check_literal("[192.0.2.1]", "[192.0.2.1]");
  check_literal("[0.0.0.0]", "[0.0.0.0]");
  for (const char* text :
       {"[]", "[192.0.2]", "[192.0.2.1.1]", "[192.0.2.256]", "[192.0.2.01]", "[192.0.2.0001]",
        "[ 192.0.2.1]", "[192.0.2.1 ]", "192.0.2.1", "[192.0.2.1", "192.0.2.1]", "[192.0.2.1]]",
        "[", "]", "", "[0xc0.0.2.1]", "[192.0.2.-1]"}) {
    check_literal(malformed, text);
  }
}

// RFC 5952.
TEST(MailAddressLiteral, OfIpv6) {
  check_literal("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]");
  check_literal("[IPv6:2001:db8::1]", "[ipv6:2001:0DB8:0:0:0:0:0:0001]");
  check_literal("[IPv6:::]", "[IPV6:0:0:0:0:0:0:0:0]");
  check_literal("[IPv6:1:2:3:4:5:6:7:0]", "[IPv6:1:2:3:4:5:6:7::]");
  check_literal("[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]");
  check_literal("[IPv6:::ffff:192.0.2.1]", "[IPv6:::FFFF:c000:0201]");
  check_literal("[IPv6:2001:db8::c000:201]", "[IPv6:2001:db8::192.0.2.1]");
  for (const char* text : {"[IPv6:]", "[IPv6:192.0.2.1]", "[IPv6:x]", "[2001:db8::1]x", "[IPv6:1]",
                           "[IPv6:::1::]", "[IPv6:1:2:3:4:5:6:7]", "[IPv6:1:2:3:4:5:6:7:8:9]",
                           "[IPv6:::12345]", "[IPv6:fe80::1%1]", "[IPv6:::1.2.3]", "[IPv6 :::1]"}) {
    check_literal(malformed, text);
  }
}

// An address that IPv4 is mapped to is not the IPv4 address: the literals are two.
TEST(MailAddressLiteral, OfMappedIpv4IsAnotherThanOfIpv4) {
  CHECK(*canonical_address_literal("[IPv6:::ffff:192.0.2.1]") !=
        *canonical_address_literal("[192.0.2.1]"));
}

TEST(MailAddressLiteral, OfOtherKinds) {
  check_literal("[X-tag:content!]", "[X-tag:content!]");
  check_literal("[2001:db8:1]", "[2001:db8:1]");  // a tag and its content, by the grammar
  check_literal(malformed, "[2001:db8::1]");      // but this is an IPv6 address without its tag
  check_literal("[-1:Z^~]", "[-1:Z^~]");
  for (const char* text : {"[:x]", "[tag:]", "[tag-:x]", "[t g:x]", "[tag:[x]", "[tag:x]x]", "[ ]",
                           "[tag:\\x]", "[t_g:x]", "[tag:\xc3\xa9]", "[tag:x\x7f]", "[tag:x\n]"}) {
    check_literal(malformed, text);
  }
  check_literal(malformed, std::string_view("[tag:\0]", 7));
}

TEST(MailAddressLiteral, Has255OctetsAtMost) {
  const std::string longest = cat("[tag:", std::string(249, 'x'), "]");
  check_literal(longest.c_str(), longest);
  check_literal("domain is longer than 255 octets", cat("[tag:", std::string(250, 'x'), "]"));
}
