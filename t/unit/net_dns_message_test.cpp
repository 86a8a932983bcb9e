// SPDX-License-Identifier: ISC
//
// t/unit/net_dns_message_test.cpp - questions to a name server, and replies of good and bad ones.

#include "net/dns_message.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using net::DnsQuestion;
using net::DnsReply;
using net::DnsType;
using net::read_dns_reply;
using net::write_dns_query;
using Kind = net::DnsReply::Kind;

namespace {

std::string number(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

// "a.example" as packets have it.
std::string wire(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    out += cat(static_cast<char>(label.size()), label);
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return out + '\0';
}

std::string record(const std::string& owner, unsigned type, unsigned ttl,
                   const std::string& value) {
  return cat(owner, number(type), number(1), number(ttl >> 16), number(ttl & 0xffff),
             number(static_cast<unsigned>(value.size())), value);
}

constexpr unsigned a = 1;
constexpr unsigned cname = 5;
constexpr unsigned ptr = 12;
constexpr unsigned aaaa = 28;

}  // namespace

// What is asked, and the reply to it, which each test makes up.
TEST_GROUP(NetDnsMessage) {
  DnsQuestion question{"5.2.0.192.in-addr.arpa", DnsType::ptr};
  unsigned flags = 0x8180;  // a response, recursion
  unsigned answers = 0;
  std::string records;
  std::string to_question{"\xc0\x0c", 2};  // a pointer to the name in the question

  void answer(const std::string& answer) {
    ++answers;
    records += answer;
  }
  std::string query() {
    return *write_dns_query(question, 0x1234, 0xaaaaaaaaaaaaaaaa);
  }
  std::string packet() {
    const std::string asked = query();
    return cat(asked.substr(0, 2), number(flags), number(1), number(answers), number(0), number(0),
               asked.substr(12), records);
  }
  DnsReply reply() {
    return read_dns_reply(query(), packet());
  }
  std::string names() {
    std::string all;
    for (const std::string& name : reply().names) all += name + ",";
    return all;
  }
  std::string addresses() {
    std::string all;
    for (const IpAddress& address : reply().addresses) all += address.to_string() + ",";
    return all;
  }
  void is(Kind kind) {
    LONGS_EQUAL(static_cast<int>(kind), static_cast<int>(reply().kind));
  }
};

// RFC 1035 3.5, RFC 3596 2.5.
TEST(NetDnsMessage, AnAddressHasANameBackwards) {
  STRCMP_EQUAL("5.2.0.192.in-addr.arpa", net::reverse_name(*IpAddress::parse("192.0.2.5")).c_str());
  STRCMP_EQUAL("b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
               net::reverse_name(*IpAddress::parse("2001:db8::567:89ab")).c_str());
}

// RFC 1035 4.1.
TEST(NetDnsMessage, AQueryIsOneQuestion) {
  const std::string packet = *write_dns_query({"a.Example", DnsType::aaaa}, 0x1234, 0);
  const std::string expected = cat(number(0x1234), number(0x0100), number(1), number(0), number(0),
                                   number(0), wire("a.example"), number(aaaa), number(1));
  CHECK(packet == expected);
}

TEST(NetDnsMessage, TheCaseOfLettersIsThatOfTheBits) {
  const DnsQuestion name{"ab-c1.d", DnsType::a};
  CHECK(write_dns_query(name, 0, 0b1011)->find(wire("AB-c1.D")) == 12);
  CHECK(write_dns_query(name, 0, 0b0100)->find(wire("ab-C1.d")) == 12);
}

TEST(NetDnsMessage, WhatIsNoNameIsNotAsked) {
  for (const std::string& name : {std::string(), std::string("."), std::string("a..b"),
                                  std::string("a."), std::string(64, 'a')}) {
    CHECK(!write_dns_query({name, DnsType::a}, 0, 0).has_value());
  }
  std::string longest;
  for (int i = 0; i < 126; ++i) longest += "a.";
  CHECK(write_dns_query({longest + "a", DnsType::a}, 0, 0).has_value());
  CHECK(!write_dns_query({longest + "aa", DnsType::a}, 0, 0).has_value());
}

TEST(NetDnsMessage, NamesAreAnswered) {
  answer(record(to_question, ptr, 300, wire("mail.Example.net")));
  answer(record(wire("5.2.0.192.IN-ADDR.arpa"), ptr, 60, wire("b.example.net")));
  is(Kind::answer);
  STRCMP_EQUAL("mail.example.net,b.example.net,", names().c_str());
  LONGS_EQUAL(60, reply().ttl.count());
}

TEST(NetDnsMessage, AddressesAreAnswered) {
  question = {"mail.example.net", DnsType::a};
  answer(record(to_question, a, 60, "\xc0\x01\x02\x05"));
  answer(record(to_question, aaaa, 60, std::string(16, '\1')));  // not asked for
  answer(record(wire("else.example.net"), a, 60, "\x0a\x01\x01\x01"));
  answer(record(to_question, a, 60, "\x0a\x01\x01"));  // no address
  STRCMP_EQUAL("192.1.2.5,", addresses().c_str());
  question.type = DnsType::aaaa;
  STRCMP_EQUAL("101:101:101:101:101:101:101:101,", addresses().c_str());
}

TEST(NetDnsMessage, AliasesAreFollowed) {
  answer(record(to_question, cname, 20, wire("5.0/25.2.0.192.in-addr.arpa")));  // RFC 2317
  answer(record(wire("5.0/25.2.0.192.in-addr.arpa"), ptr, 60, wire("mail.example.net")));
  STRCMP_EQUAL("mail.example.net,", names().c_str());
  LONGS_EQUAL(20, reply().ttl.count());
}

TEST(NetDnsMessage, AliasesThatGoInCirclesAreAFailure) {
  answer(record(to_question, cname, 20, wire("a.example")));
  answer(record(wire("a.example"), cname, 20, wire("b.example")));
  answer(record(wire("b.example"), cname, 20, wire("a.example")));
  is(Kind::failure);
}

TEST(NetDnsMessage, AnAliasToNothingIsNothing) {
  answer(record(to_question, cname, 20, wire("a.example")));
  is(Kind::nothing);
}

TEST(NetDnsMessage, NoNameAndNoRecordAreNothing) {
  is(Kind::nothing);
  flags = 0x8183;
  is(Kind::nothing);
  answer(record(to_question, ptr, 300, wire("mail.example.net")));
  is(Kind::nothing);
}

TEST(NetDnsMessage, OtherCodesAndWhatIsCutShortAreFailures) {
  answer(record(to_question, ptr, 300, wire("mail.example.net")));
  for (const unsigned bad : {0x8181U, 0x8182U, 0x8184U, 0x8185U, 0x818fU, 0x8380U, 0x8980U}) {
    flags = bad;
    is(Kind::failure);
  }
}

// A stranger's text: a label may hold any octets.
TEST(NetDnsMessage, NamesWithOtherCharactersAreLeftOut) {
  for (const std::string& label :
       {std::string("a\r\nX"), std::string("a.b"), std::string("a\0b", 3), std::string("a b"),
        std::string("a(b"), std::string("\xc3\xa4"), std::string("a/b"), std::string("*")}) {
    const std::string name = cat(static_cast<char>(label.size()), label, wire("example.net"));
    records = record(to_question, ptr, 300, name);
    answers = 1;
    is(Kind::answer);
    STRCMP_EQUAL("", names().c_str());
  }
  records = record(to_question, ptr, 300, wire(""));  // the root
  STRCMP_EQUAL("", names().c_str());
}

// RFC 2181 8.
TEST(NetDnsMessage, ATimeOf32BitsIsNone) {
  answer(record(to_question, ptr, 0x7fffffff, wire("mail.example.net")));
  LONGS_EQUAL(0x7fffffff, reply().ttl.count());
  records = record(to_question, ptr, 0x80000000, wire("mail.example.net"));
  LONGS_EQUAL(0, reply().ttl.count());
}

TEST(NetDnsMessage, WhatIsNotToOurQuestionIsNotOurs) {
  answer(record(to_question, ptr, 300, wire("mail.example.net")));
  const std::string good = packet();
  const auto kind_with = [&](std::size_t at, char c) {
    std::string bad = good;
    bad[at] = c;
    return read_dns_reply(query(), bad).kind;
  };
  CHECK(kind_with(0, 'x') == Kind::not_ours);   // id
  CHECK(kind_with(2, '\1') == Kind::not_ours);  // a query
  CHECK(kind_with(5, '\2') == Kind::not_ours);  // number of questions
  CHECK(kind_with(13, '6') == Kind::not_ours);
  const std::size_t letter = good.find("\7I");  // "in-addr", in the case that was sent
  CHECK(letter == std::string::npos);
  CHECK(kind_with(good.find("\7i") + 2, 'n') == Kind::not_ours);  // case
}

TEST(NetDnsMessage, APacketThatEndsAnywhereIsNoAnswer) {
  answer(record(to_question, cname, 20, wire("a.example")));
  answer(record(wire("a.example"), ptr, 60, wire("mail.example.net")));
  const std::string whole = packet();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Kind kind = read_dns_reply(query(), whole.substr(0, size)).kind;
    CHECK(kind == Kind::not_ours || kind == Kind::failure);
  }
}

// RFC 1035 4.1.4.
TEST(NetDnsMessage, NamesPointBackwardsOnly) {
  const std::size_t begin = query().size();  // of the record
  const auto pointer = [](std::size_t to) { return number(0xc000U | static_cast<unsigned>(to)); };
  records = record(pointer(begin), ptr, 300, wire("mail.example.net"));  // to itself
  answers = 1;
  is(Kind::failure);
  records = record(pointer(begin + 20), ptr, 300, wire("mail.example.net"));  // ahead
  is(Kind::failure);
  records = record(pointer(4000), ptr, 300, wire("mail.example.net"));
  is(Kind::failure);
  records = record(to_question, ptr, 300, cat("\1a", pointer(begin + 12)));  // into a circle
  is(Kind::failure);
  records = record(to_question, ptr, 300, cat("\4mail", to_question));
  STRCMP_EQUAL("mail.5.2.0.192.in-addr.arpa,", names().c_str());
}

TEST(NetDnsMessage, ANameEndsWhereItsRecordDoes) {
  answers = 1;
  records = record(to_question, ptr, 300, wire("mail.example.net") + "x");
  is(Kind::failure);
  records = record(to_question, ptr, 300, "\4mail");
  is(Kind::failure);
  records = record(to_question, ptr, 300, "\x80mail");  // a kind of label that there is not
  is(Kind::failure);
  std::string longer;
  for (int i = 0; i < 128; ++i) longer += "\1a";
  records = record(to_question, ptr, 300, longer + '\0');
  is(Kind::failure);
}

TEST(NetDnsMessage, MoreAnswersArePromisedThanThereAre) {
  answer(record(to_question, ptr, 300, wire("mail.example.net")));
  answers = 65535;
  is(Kind::failure);
}
