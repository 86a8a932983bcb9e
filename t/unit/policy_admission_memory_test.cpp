// SPDX-License-Identifier: ISC
//
// t/unit/policy_admission_memory_test.cpp - that many strangers cost little.

#include "policy/admission.h"

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "admission_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::IpAddress;
using postern::policy::Admission;
using postern::test::AdmissionFixture;
using postern::test::v4;
using postern::test::v6_network;

TEST_GROUP_BASE(PolicyAdmissionMemory, AdmissionFixture){};

TEST(PolicyAdmissionMemory, ForgetsWhoHasBeenQuiet) {
  limits.client_connection_rate = 1;
  limits.network_connection_rate = 256;
  start();
  for (std::uint32_t i = 0; i < 1000; ++i) visit(v4(i), 1);
  LONGS_EQUAL(1000 + 4, admission->entries(now));  // and the networks of 256 each
  now += 1min;
  for (std::uint32_t i = 0; i < 1000; ++i) visit(v6_network(i), 1);
  LONGS_EQUAL(1000 + 1000, admission->entries(now));
}

TEST(PolicyAdmissionMemory, DoesNotForgetWhoIsConnected) {
  limits.client_connections = 1;
  start();
  enter("192.0.2.1");
  now += 24h;
  for (std::uint32_t i = 0; i < 10'000; ++i) visit(v4(i), 1);
  STRCMP_EQUAL("too many of client", enter("192.0.2.1"));
}

TEST(PolicyAdmissionMemory, ARefusedNetworkDoesNotFillTheMemory) {
  limits.network_connections = 1;
  start();
  enter("2001:db8::1");
  for (std::uint32_t i = 1; i < 0xffff; ++i) {
    IpAddress::Octets octets = IpAddress::parse("2001:db8::")->octets();
    octets[6] = static_cast<std::uint8_t>(i >> 8);
    octets[7] = static_cast<std::uint8_t>(i);
    STRCMP_EQUAL("too many of network", enter(IpAddress{octets}));
  }
  LONGS_EQUAL(2, admission->entries(now));
}

TEST(PolicyAdmissionMemory, RemembersNoMoreThanItsMaximum) {
  limits.client_connection_rate = 1;
  limits.network_connection_rate = 1;
  start();
  for (std::uint32_t i = 0; i < 200'000; ++i) visit(v6_network(i), 1);
  LONGS_EQUAL(Admission::max_entries, admission->entries(now));
  now += 1min;
  LONGS_EQUAL(0, admission->entries(now));
  for (std::uint32_t i = 0; i < 20'000; ++i) LONGS_EQUAL(1, visit(v6_network(200'000 + i), 1));
  LONGS_EQUAL(20'000 + 20'000, admission->entries(now));
}

TEST(PolicyAdmissionMemory, KeepsItsWordToThoseItRemembersWhenItIsFull) {
  limits.client_connection_rate = 1;
  start();
  for (std::uint32_t i = 0; i < 200'000; ++i) visit(v6_network(i), 1);
  for (std::uint32_t i = 0; i < 20'000; ++i) LONGS_EQUAL(0, visit(v6_network(i), 1));
}

TEST(PolicyAdmissionMemory, WithoutRoomForAClientItsNetworkDecides) {
  limits.client_connection_rate = 1;
  limits.network_connection_rate = 300;
  limits.client_message_rate = 5;
  start();
  for (std::uint32_t i = 0; i < 200'000; ++i) visit(v4(i), 1);
  CHECK(admission->entries(now) < Admission::max_entries / 2 + 1000);

  LONGS_EQUAL(300, visit("192.0.2.1", 1000));
  STRCMP_EQUAL("network too fast", enter("192.0.2.2"));
  enter("192.0.3.1");
  enter("192.0.3.2");
  LONGS_EQUAL(5, send(passes[0], 10) + send(passes[1], 10));
}

TEST(PolicyAdmissionMemory, WithoutRoomForANetworkItsCrowdDecides) {
  limits.network_connection_rate = 10;
  start();
  // An attacker with four times a /32: more than 32,768 networks are not remembered.
  int admitted = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i) admitted += visit(v6_network(i), 1);
  LONGS_EQUAL(Admission::max_entries / 2 + 4 * 10, admitted);
  LONGS_EQUAL(0, visit(v6_network(200'000), 10));

  // Others share crowds of their own, a /32 or /16 each.
  LONGS_EQUAL(10, visit("192.0.2.1", 20));
  LONGS_EQUAL(0, visit("192.0.3.1", 20));
  LONGS_EQUAL(10, visit("198.51.100.1", 20));
  LONGS_EQUAL(10, visit("2001:db9::1", 20));
}

TEST(PolicyAdmissionMemory, CountsRightlyWhenTheMemoryFillsAndEmpties) {
  limits.client_connections = 2;
  limits.network_connections = 3;
  limits.client_connection_rate = 1000;
  start();
  std::vector<Admission::Pass> crowded;
  for (std::uint32_t i = 0; i < 70'000; ++i) {
    auto pass = admission->enter(v6_network(i), now);
    if (pass) crowded.push_back(std::move(*pass));
  }
  LONGS_EQUAL(Admission::max_entries / 2 + 2 * 3, crowded.size());
  for (int i = 0; i < 3; ++i) STRCMP_EQUAL("admitted", enter("192.0.2.1"));
  STRCMP_EQUAL("too many of network", enter("192.0.2.1"));

  // There is room again.  Connections that were counted by the crowd leave by the crowd.
  crowded.clear();
  now += 1min;
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
  STRCMP_EQUAL("too many of client", enter("192.0.2.1"));
  passes.erase(passes.begin(), passes.begin() + 3);
  STRCMP_EQUAL("too many of client", enter("192.0.2.1"));
  passes.clear();
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
}
