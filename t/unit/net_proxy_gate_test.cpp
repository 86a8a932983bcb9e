// SPDX-License-Identifier: ISC
//
// t/unit/net_proxy_gate_test.cpp - a connection whose first octets are the header of a proxy.

#include "net/proxy_gate.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using namespace postern;
using postern::net::ProxyGate;
using postern::net::ProxyHeader;

TEST_GROUP(ProxyGate) {
  net::Loop loop;
  UniqueFd ours;
  UniqueFd theirs;
  UniqueFd taken;
  std::string outcome;

  void setup() override {
    int fds[2];
    CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    ours = UniqueFd{fds[0]};
    theirs = UniqueFd{fds[1]};
  }

  void send(std::string_view octets) {
    LONGS_EQUAL(octets.size(), ::write(theirs.get(), octets.data(), octets.size()));
  }

  // Runs the gate to its end.
  void pass(std::chrono::seconds timeout = std::chrono::seconds{100}) {
    ProxyGate gate(
        loop, std::move(ours), timeout,
        [this](UniqueFd fd, const ProxyHeader& header) {
          taken = std::move(fd);
          outcome = header.client ? header.client->to_string() : "no client";
          loop.stop();
        },
        [this](std::string_view reason) {
          outcome = reason;
          loop.stop();
        });
    loop.run([] {});
  }

  std::string left() {
    std::array<char, 100> octets;
    const ssize_t size = ::read(taken.get(), octets.data(), octets.size());
    return size < 0 ? "" : std::string(octets.data(), static_cast<std::size_t>(size));
  }
};

TEST(ProxyGate, TellsWhoTheClientIs) {
  send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n");
  pass();
  STRCMP_EQUAL("192.0.2.7", outcome.c_str());
}

TEST(ProxyGate, WhatFollowsStaysInTheSocket) {
  send("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n\x16\x03\x01");
  pass();
  STRCMP_EQUAL("\x16\x03\x01", left().c_str());
}

TEST(ProxyGate, AProxyMaySpeakForItself) {
  send("PROXY UNKNOWN\r\n");
  pass();
  STRCMP_EQUAL("no client", outcome.c_str());
}

TEST(ProxyGate, SomethingElseIsMalformed) {
  send("EHLO client.example\r\n");
  pass();
  STRCMP_EQUAL("malformed header", outcome.c_str());
}

TEST(ProxyGate, AnEndIsNoHeader) {
  send("PROXY TCP4 192.0.2.7");
  theirs.reset();
  pass();
  STRCMP_EQUAL("closed by peer", outcome.c_str());
}

TEST(ProxyGate, ItWaitsForSoLongOnly) {
  send("PROXY TCP4 192.0.2.7");
  pass(std::chrono::seconds{0});
  STRCMP_EQUAL("timed out", outcome.c_str());
}
