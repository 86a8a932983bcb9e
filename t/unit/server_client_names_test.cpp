// SPDX-License-Identifier: ISC
//
// t/unit/server_client_names_test.cpp - what the DNS calls clients.

#include "server/client_names.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using net::DnsReply;
using net::DnsType;
using server::ClientNames;
using std::chrono::seconds;
using Kind = net::DnsReply::Kind;

TEST_GROUP(ServerClientNames) {
  struct Question {
    net::DnsQuestion question;
    ClientNames::OnReply on_reply;
  };
  std::deque<Question> questions;
  std::vector<std::string> told;
  ClientNames names{[this](const net::DnsQuestion& question, ClientNames::OnReply on_reply) {
    questions.push_back({question, std::move(on_reply)});
  }};

  IpAddress address(const std::string& text = "192.0.2.5") {
    return *IpAddress::parse(text);
  }
  void look_up(const IpAddress& of) {
    names.look_up(of, [this](const IpAddress& looked_up, const std::string& name) {
      told.push_back(cat(looked_up.to_string(), " ", name));
    });
  }
  // The oldest question is this one, and gets this reply.
  void reply(const net::DnsQuestion& expected, const DnsReply& reply) {
    CHECK(!questions.empty());
    const Question asked = std::move(questions.front());
    questions.pop_front();
    STRCMP_EQUAL(expected.name.c_str(), asked.question.name.c_str());
    CHECK(expected.type == asked.question.type);
    asked.on_reply(reply);
  }
  void reply_names(std::vector<std::string> hosts, seconds ttl = seconds{60}) {
    reply({"5.2.0.192.in-addr.arpa", DnsType::ptr},
          {.kind = Kind::answer, .names = std::move(hosts), .ttl = ttl});
  }
  void reply_address(const std::string& name, const std::string& of, seconds ttl = seconds{60}) {
    reply({name, DnsType::a}, {.kind = Kind::answer, .addresses = {address(of)}, .ttl = ttl});
  }
  void told_once(const std::string& expected) {
    CHECK(questions.empty());
    LONGS_EQUAL(1, told.size());
    STRCMP_EQUAL(expected.c_str(), told.front().c_str());
  }
  std::string known(const IpAddress& of) {
    return names.known(of).value_or("unknown");
  }
};

TEST(ServerClientNames, ANameIsConfirmedAndThenKnown) {
  STRCMP_EQUAL("unknown", known(address()).c_str());
  look_up(address());
  reply_names({"Mail.Example.NET"});
  CHECK(told.empty());
  reply_address("mail.example.net", "192.0.2.5");
  told_once("192.0.2.5 mail.example.net");
  STRCMP_EQUAL("mail.example.net", known(address()).c_str());
  STRCMP_EQUAL("unknown", known(address("192.0.2.6")).c_str());
}

TEST(ServerClientNames, AnIpv6AddressIsConfirmedByAaaa) {
  const IpAddress v6 = address("2001:db8::5");
  look_up(v6);
  reply({net::reverse_name(v6), DnsType::ptr},
        {.kind = Kind::answer, .names = {"six.example.net"}, .ttl = seconds{60}});
  reply({"six.example.net", DnsType::aaaa},
        {.kind = Kind::answer, .addresses = {v6}, .ttl = seconds{60}});
  told_once("2001:db8::5 six.example.net");
}

TEST(ServerClientNames, WhatIsNotConfirmedIsNoName) {
  look_up(address());
  reply_names({"mail.example.net"});
  reply_address("mail.example.net", "192.0.2.6");
  told_once("192.0.2.5 ");
  STRCMP_EQUAL("", known(address()).c_str());
}

TEST(ServerClientNames, TheFirstThatIsConfirmedCounts) {
  look_up(address());
  reply_names({"a.example.net", "b.example.net", "c.example.net"});
  reply({"a.example.net", DnsType::a}, {.kind = Kind::nothing});
  reply_address("b.example.net", "192.0.2.5");
  told_once("192.0.2.5 b.example.net");
}

TEST(ServerClientNames, NoMoreThanThreeAreTried) {
  look_up(address());
  reply_names({"a.example.net", "b.example.net", "c.example.net", "d.example.net"});
  for (const char* name : {"a.example.net", "b.example.net", "c.example.net"}) {
    reply_address(name, "192.0.2.6");
  }
  told_once("192.0.2.5 ");
}

TEST(ServerClientNames, WhatIsNoNameOfAHostIsNotEvenAsked) {
  look_up(address());
  reply_names({"_service.example.net", "-a.example.net", "a..example.net"});
  told_once("192.0.2.5 ");
}

TEST(ServerClientNames, FailuresAreToldToo) {
  look_up(address());
  reply({"5.2.0.192.in-addr.arpa", DnsType::ptr}, {.kind = Kind::failure});
  told_once("192.0.2.5 ");
  // And it is not tried again for each client that comes.
  STRCMP_EQUAL("", known(address()).c_str());
}

TEST(ServerClientNames, ANameWithoutTimeIsToldButNotKept) {
  look_up(address());
  reply_names({"mail.example.net"}, seconds{60});
  reply_address("mail.example.net", "192.0.2.5", seconds{0});
  told_once("192.0.2.5 mail.example.net");
  STRCMP_EQUAL("unknown", known(address()).c_str());
}

TEST(ServerClientNames, ClientsOfOneAddressShareALookUp) {
  for (int i = 0; i < 3; ++i) look_up(address());
  LONGS_EQUAL(1, questions.size());
  reply_names({"mail.example.net"});
  reply_address("mail.example.net", "192.0.2.5");
  LONGS_EQUAL(3, told.size());
}

TEST(ServerClientNames, OnlySoManyAreLookedUpAtATime) {
  for (int i = 0; i < 200; ++i) look_up(address(cat("192.0.2.", i)));
  LONGS_EQUAL(ClientNames::max_look_ups, questions.size());
  while (!questions.empty()) {
    const Question asked = std::move(questions.front());
    questions.pop_front();
    asked.on_reply({.kind = Kind::nothing});
  }
  LONGS_EQUAL(ClientNames::max_look_ups, told.size());
  look_up(address("192.0.2.150"));
  LONGS_EQUAL(1, questions.size());
}

// As a server does that comes back to the worker before it replies.
TEST(ServerClientNames, WhoIsToldMayLookUpTheNext) {
  names.look_up(address(),
                [this](const IpAddress&, const std::string&) { look_up(address("192.0.2.6")); });
  reply({"5.2.0.192.in-addr.arpa", DnsType::ptr}, {.kind = Kind::nothing});
  LONGS_EQUAL(1, questions.size());
  STRCMP_EQUAL("6.2.0.192.in-addr.arpa", questions.front().question.name.c_str());
}
