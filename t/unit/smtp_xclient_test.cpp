// SPDX-License-Identifier: ISC
//
// t/unit/smtp_xclient_test.cpp - what a trusted client says of another.

#include "smtp/xclient.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "mail/xtext.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::IpAddress;
using postern::smtp::ClientFacts;
using postern::smtp::Dialect;
using postern::smtp::Fact;
using postern::smtp::parse_xclient;
using postern::test::PieceBuffer;

namespace {

std::string shown(const std::string& value) {
  return value;
}
std::string shown(const IpAddress& value) {
  return value.to_string();
}
std::string shown(std::uint16_t value) {
  return std::to_string(value);
}

template <typename T>
std::string shown(const char* name, const Fact<T>& fact) {
  if (!fact.is_mentioned) return fact.value ? "(a value unmentioned)" : "";
  return cat("[", name, fact.value ? cat(" ", shown(*fact.value)) : std::string(), "]");
}

// "[address 192.0.2.5][login]", or the reply.
std::string parsed(std::string_view arguments) {
  const PieceBuffer buffer(arguments);
  const auto facts = parse_xclient(buffer.view());
  if (!facts) return facts.error().line();
  std::string out =
      cat(shown("name", facts->name), shown("address", facts->address), shown("port", facts->port),
          shown("to", facts->destination_address), shown("to port", facts->destination_port),
          shown("helo", facts->helo), shown("login", facts->login));
  if (facts->dialect) out += *facts->dialect == Dialect::smtp ? "[smtp]" : "[esmtp]";
  return out;
}

void check_facts(const std::string& expected, std::string_view arguments) {
  STRCMP_EQUAL(expected.c_str(), parsed(arguments).c_str());
}

void check_bad_value(const char* attribute, std::string_view value) {
  check_facts(cat("501 5.5.4 Bad value of parameter ", attribute), cat(attribute, "=", value));
}

void check_usage(std::string_view arguments) {
  check_facts("501 5.5.4 Syntax: XCLIENT attribute=value ..., with the attributes of EHLO",
              arguments);
}

}  // namespace

TEST_GROUP(SmtpXclient){};

TEST(SmtpXclient, TakesAllAttributesInAnyOrder) {
  const char* all =
      "[name client.example][address 192.0.2.5][port 40000][to 192.0.2.1][to port 587]"
      "[helo [192.0.2.5]][login alice][esmtp]";
  check_facts(all,
              "NAME=client.example ADDR=192.0.2.5 PORT=40000 PROTO=ESMTP HELO=[192.0.2.5] "
              "LOGIN=alice DESTADDR=192.0.2.1 DESTPORT=587");
  check_facts(all,
              "DESTPORT=587 DESTADDR=192.0.2.1 LOGIN=alice HELO=[192.0.2.5] PROTO=ESMTP "
              "PORT=40000 ADDR=192.0.2.5 NAME=client.example");
}

TEST(SmtpXclient, WhatIsNotMentionedIsNotUnavailable) {
  check_facts("[address 192.0.2.5]", "ADDR=192.0.2.5");
  check_facts("[login]", "LOGIN=[UNAVAILABLE]");
  const auto facts = parse_xclient("LOGIN=[UNAVAILABLE]");
  CHECK(facts->login.is_mentioned && !facts->login.value);
  CHECK(!facts->helo.is_mentioned && !facts->helo.value);
}

TEST(SmtpXclient, AllButTheProtocolMayBeUnavailable) {
  for (const char* value :
       {"[UNAVAILABLE]", "[unavailable]", "[TEMPUNAVAIL]", "[TempUnavail]", "+5BUNAVAILABLE+5D"}) {
    check_facts("[name][address][port][to][to port][helo][login]",
                cat("NAME=", value, " ADDR=", value, " PORT=", value, " DESTADDR=", value,
                    " DESTPORT=", value, " HELO=", value, " LOGIN=", value));
    check_bad_value("PROTO", value);
  }
}

TEST(SmtpXclient, NamesAndKeywordsAreOfAnyCase) {
  check_facts("[address 2001:db8::5][smtp]", "aDDr=ipv6:2001:db8::5 proto=smtp");
  check_facts("[esmtp]", "Proto=eSMTP");
}

TEST(SmtpXclient, AnyBlanksStandBetweenAttributes) {
  check_facts("[port 1][helo a]", " \tPORT=1 \t HELO=a\t ");
}

TEST(SmtpXclient, ThereIsAtLeastOneAttribute) {
  check_usage("");
  check_usage(" \t ");
}

TEST(SmtpXclient, RefusesWhatIsNoKnownAttribute) {
  for (const char* arguments :
       {"ADDR", "=", "=a", "TTL=5", "ADDR=192.0.2.5 SESSION=a", "ADDR =192.0.2.5",
        "XADDR=192.0.2.5", "ADD=192.0.2.5", "HELO=a b"}) {
    check_usage(arguments);
  }
  check_usage(std::string_view("ADDR\0=192.0.2.5", 15));
}

TEST(SmtpXclient, EhloListsWhatIsKnown) {
  for (std::string_view rest = postern::smtp::xclient_attributes; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    check_facts(cat("501 5.5.4 Bad value of parameter ", name), cat(name, "="));
  }
}

TEST(SmtpXclient, NoAttributeComesTwice) {
  check_facts("501 5.5.4 Parameter LOGIN is there twice", "LOGIN=alice PORT=1 login=bob");
  check_facts("501 5.5.4 Parameter ADDR is there twice", "ADDR=[UNAVAILABLE] ADDR=[UNAVAILABLE]");
}

TEST(SmtpXclient, AddressesSayTheirFamily) {
  check_facts("[address 2001:db8::5][to ::1]", "ADDR=IPV6:2001:db8::5 DESTADDR=IPV6:::1");
  check_facts("[address 192.0.2.5]", "ADDR=IPV6:::ffff:192.0.2.5");
  for (const char* value : {"", "2001:db8::5", "IPV6:192.0.2.5", "IPV6:", "IPV6:IPV6:::1", "IPV6",
                            "[192.0.2.5]", "192.0.2", "192.0.2.256", "IPV6:fe80::1%eth0",
                            "IPV4:192.0.2.5", "client.example", "192.0.2.5+00"}) {
    check_bad_value("ADDR", value);
    check_bad_value("DESTADDR", value);
  }
}

TEST(SmtpXclient, PortsAreDecimal) {
  check_facts("[port 0][to port 65535]", "PORT=0 DESTPORT=65535");
  for (const char* value : {"", "65536", "-1", "+2B1", "0x19", "25a", "1+20"}) {
    check_bad_value("PORT", value);
    check_bad_value("DESTPORT", value);
  }
}

TEST(SmtpXclient, TheProtocolIsSmtpOrEsmtp) {
  for (const char* value : {"", "LMTP", "ESMTPS", "SMTP+20"}) check_bad_value("PROTO", value);
}

TEST(SmtpXclient, TextsAreDecoded) {
  check_facts("[helo a b][login a=b+c]", "HELO=a+20b LOGIN=a+3Db+2Bc");
  check_facts("[login ren\xc3\xa9]", "LOGIN=ren+C3+A9");
}

TEST(SmtpXclient, TextsAreUtf8WithoutControls) {
  for (const char* attribute : {"HELO", "LOGIN", "NAME"}) {
    for (const char* value : {"", "a+0D+0AMAIL", "+00", "a+09", "+7F", "ren+E9", "+C3", "a+", "a+4",
                              "a+4g", "a+4f", "a=b", "ren\xc3\xa9", "a\x01"}) {
      check_bad_value(attribute, value);
    }
  }
}

TEST(SmtpXclient, TextsHaveAtMost255Octets) {
  const std::string longest(255, 'a');
  check_facts(cat("[helo ", longest, "]"), cat("HELO=", longest));
  check_facts(cat("[login ", longest, "]"), cat("LOGIN=", longest));
  check_facts(cat("[name ", longest, "]"), cat("NAME=", longest));
  for (const char* attribute : {"HELO", "LOGIN", "NAME"}) check_bad_value(attribute, longest + 'a');
  std::string encoded;
  for (int i = 0; i < 255; ++i) encoded += "+3D";
  check_facts(cat("[login ", std::string(255, '='), "]"), cat("LOGIN=", encoded));
}

TEST(SmtpXclient, ANameIsOneThatTheDnsMayHold) {
  check_facts("[name _a-b.example]", "NAME=_a-b.example");
  for (const char* value : {"a+20b", "a(b)", "ren+C3+A9.example", "[192.0.2.5]", "a:b"}) {
    check_bad_value("NAME", value);
  }
}

// A refusal shows nothing that would have to be made safe.
TEST(SmtpXclient, ALineCutAnywhereIsTakenOrRefused) {
  const std::string_view line = "NAME=a.example ADDR=IPV6:::1 LOGIN=ren+C3+A9 HELO=[UNAVAILABLE]";
  for (std::size_t octets = 0; octets <= line.size(); ++octets) {
    const std::string outcome = parsed(line.substr(0, octets));
    CHECK(outcome.starts_with("[") || outcome.starts_with("501 5.5.4 "));
    CHECK(outcome.find_first_of("\r\n") == std::string::npos);
  }
}
