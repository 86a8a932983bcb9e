// SPDX-License-Identifier: ISC
//
// t/unit/net_resolver_test.cpp - questions over UDP, to servers of our own on loopback.

#include "net/resolver.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/kernel_address.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using net::DnsReply;
using net::DnsType;
using net::KernelAddress;
using net::Resolver;
using Kind = net::DnsReply::Kind;

namespace {

SocketAddress loopback(std::uint16_t port = 0) {
  return {*IpAddress::parse("127.0.0.1"), port};
}

UniqueFd open_port() {
  UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const KernelAddress address(loopback());
  CHECK(::bind(fd.get(), address.get(), address.size) == 0);
  return fd;
}

// A server that does with each query what it is told to.
struct Server {
  using OnQuery = std::function<void(const std::string& query, const KernelAddress& from)>;

  UniqueFd fd = open_port();
  int queries = 0;
  OnQuery on_query;
  net::ReadWatch watch;

  Server(net::Loop& loop, OnQuery what)
      : on_query(std::move(what)), watch(loop, fd.get(), [this] { read(); }) {}

  SocketAddress address() const {
    KernelAddress bound;
    ::getsockname(fd.get(), bound.get(), &bound.size);
    return *bound.read();
  }
  void read() {
    std::array<char, 1024> room{};
    KernelAddress from;
    const ssize_t size = ::recvfrom(fd.get(), room.data(), room.size(), 0, from.get(), &from.size);
    if (size < 0) return;
    ++queries;
    on_query(std::string(room.data(), static_cast<std::size_t>(size)), from);
  }
};

void send(const UniqueFd& fd, std::string_view packet, const KernelAddress& to) {
  ::sendto(fd.get(), packet.data(), packet.size(), 0, to.get(), to.size);
}

// With this code, and one PTR record if that is 0.
std::string reply_to(const std::string& query, char code = 0) {
  std::string reply = query;
  reply[2] = '\x81';
  reply[3] = static_cast<char>('\x80' | code);
  if (code != 0) return reply;
  reply[7] = '\1';
  constexpr std::string_view record{"\xc0\x0c\0\x0c\0\1\0\0\0\x3c\0\6\4mail\0", 18};
  return reply + std::string(record);
}

}  // namespace

TEST_GROUP(NetResolver) {
  net::Loop loop;
  std::unique_ptr<Resolver> resolver;
  std::vector<SocketAddress> servers;
  std::vector<DnsReply> replies;
  int expected = 1;

  void ask(const std::string& name = "5.2.0.192.in-addr.arpa") {
    if (!resolver) resolver = std::make_unique<Resolver>(loop, servers);
    resolver->ask({name, DnsType::ptr}, [this](const DnsReply& reply) {
      replies.push_back(reply);
      if (static_cast<int>(replies.size()) == expected) loop.stop();
    });
    CHECK(replies.empty());  // never at once
  }
  void wait() {
    loop.run([] {});
  }
  void is_mail() {
    LONGS_EQUAL(1, replies.size());
    LONGS_EQUAL(1, replies[0].names.size());
    STRCMP_EQUAL("mail", replies[0].names[0].c_str());
  }
};

TEST(NetResolver, AReplyIsPassedOn) {
  Server server(loop, [&](const std::string& query, const KernelAddress& from) {
    send(server.fd, reply_to(query), from);
  });
  servers = {server.address()};
  ask();
  wait();
  is_mail();
  LONGS_EQUAL(1, server.queries);
}

TEST(NetResolver, AServerThatFailsIsNotWaitedFor) {
  Server bad(loop, [&](const std::string& query, const KernelAddress& from) {
    send(bad.fd, reply_to(query, '\2'), from);
  });
  Server good(loop, [&](const std::string& query, const KernelAddress& from) {
    send(good.fd, reply_to(query), from);
  });
  servers = {bad.address(), good.address()};
  const auto begun = std::chrono::steady_clock::now();
  ask();
  wait();
  is_mail();
  LONGS_EQUAL(1, bad.queries);
  CHECK(std::chrono::steady_clock::now() - begun < Resolver::patience);
}

TEST(NetResolver, WhenAllHaveFailedTwiceItHasFailed) {
  Server bad(loop, [&](const std::string& query, const KernelAddress& from) {
    send(bad.fd, reply_to(query, '\5'), from);
  });
  servers = {bad.address()};
  ask();
  wait();
  CHECK(replies[0].kind == Kind::failure);
  LONGS_EQUAL(2, bad.queries);
}

TEST(NetResolver, ASilentServerIsAskedAgain) {
  Server server(loop, [&](const std::string& query, const KernelAddress& from) {
    if (server.queries == 2) send(server.fd, reply_to(query), from);
  });
  servers = {server.address()};
  const auto begun = std::chrono::steady_clock::now();
  ask();
  wait();
  is_mail();
  CHECK(std::chrono::steady_clock::now() - begun >= Resolver::patience);
}

// Whoever knows the question, but not the address it went to; and whoever has to guess.
TEST(NetResolver, OthersAreNotBelieved) {
  const UniqueFd stranger = open_port();
  Server server(loop, [&](const std::string& query, const KernelAddress& from) {
    send(stranger, reply_to(query, '\3'), from);
    std::string guess = query;
    guess[0] = static_cast<char>(guess[0] ^ 1);
    send(server.fd, reply_to(guess, '\3'), from);
    send(server.fd, "", from);
    send(server.fd, query.substr(0, 5), from);
    send(server.fd, reply_to(query), from);
  });
  servers = {server.address()};
  ask();
  wait();
  is_mail();
}

TEST(NetResolver, ManyQuestionsGetTheirOwnReplies) {
  expected = 100;
  Server server(loop, [&](const std::string& query, const KernelAddress& from) {
    // One of them is to the name "9".
    send(server.fd,
         reply_to(query, query.substr(12, 2) == "\1"
                                                "9"
                             ? '\3'
                             : '\0'),
         from);
  });
  servers = {server.address()};
  for (int i = 0; i < 100; ++i) ask(std::to_string(i));
  wait();
  LONGS_EQUAL(1, std::count_if(replies.begin(), replies.end(),
                               [](const DnsReply& reply) { return reply.kind == Kind::nothing; }));
}

TEST(NetResolver, WithoutServersEverythingFails) {
  ask();
  CHECK(resolver->sockets().empty());
  wait();
  CHECK(replies[0].kind == Kind::failure);
}

TEST(NetResolver, WhatCannotBeAskedFails) {
  Server server(loop, [](const std::string&, const KernelAddress&) {});
  servers = {server.address()};
  ask("a..b");
  wait();
  CHECK(replies[0].kind == Kind::failure);
  LONGS_EQUAL(0, server.queries);
}

// As while a link is down.
TEST(NetResolver, WhatCannotBeSentFailsAtOnce) {
  servers = {{*IpAddress::parse("0.0.0.0"), 0}};  // port 0: EINVAL
  const auto begun = std::chrono::steady_clock::now();
  ask();
  wait();
  CHECK(replies[0].kind == Kind::failure);
  CHECK(std::chrono::steady_clock::now() - begun < Resolver::patience);
}

TEST(NetResolver, ItOpensASocketForEachFamilyOfServers) {
  LONGS_EQUAL(1, Resolver(loop, {loopback(53), loopback(54)}).sockets().size());
  LONGS_EQUAL(2, Resolver(loop, {loopback(53), {*IpAddress::parse("::1"), 53}}).sockets().size());
}
