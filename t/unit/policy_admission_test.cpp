// SPDX-License-Identifier: ISC
//
// t/unit/policy_admission_test.cpp - how many connections a client may have, and how fast.

#include "policy/admission.h"

#include <chrono>
#include <utility>

#include "admission_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::policy::Admission;
using postern::test::AdmissionFixture;
using postern::test::v4;

TEST_GROUP_BASE(PolicyAdmission, AdmissionFixture){};

TEST(PolicyAdmission, AdmitsEverythingWithoutLimits) {
  start();
  for (int i = 0; i < 5000; ++i) STRCMP_EQUAL("admitted", enter("192.0.2.1"));
  LONGS_EQUAL(5000, send(passes[0], 5000));
}

// ---- At once

TEST(PolicyAdmission, AClientHasSoManyConnections) {
  limits.client_connections = 2;
  start();
  for (const char* client : {"192.0.2.1", "2001:db8::1"}) {
    STRCMP_EQUAL("admitted", enter(client));
    STRCMP_EQUAL("admitted", enter(client));
    STRCMP_EQUAL("too many of client", enter(client));
  }
}

TEST(PolicyAdmission, ANetworkHasSoManyConnections) {
  limits.network_connections = 2;
  start();
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
  STRCMP_EQUAL("admitted", enter("192.0.2.2"));
  STRCMP_EQUAL("too many of network", enter("192.0.2.255"));
  STRCMP_EQUAL("admitted", enter("192.0.3.0"));
  STRCMP_EQUAL("admitted", enter("2001:db8:0:1::1"));
  STRCMP_EQUAL("admitted", enter("2001:db8:0:2::1"));
  STRCMP_EQUAL("too many of network", enter("2001:db8:0:ffff::1"));
  STRCMP_EQUAL("admitted", enter("2001:db8:1::1"));
}

TEST(PolicyAdmission, AnIpv4ClientIsOneAddress) {
  limits.client_connections = 1;
  start();
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
  STRCMP_EQUAL("admitted", enter("192.0.2.2"));
  STRCMP_EQUAL("too many of client", enter("192.0.2.1"));
  STRCMP_EQUAL("too many of client", enter("::ffff:192.0.2.1"));
}

TEST(PolicyAdmission, AnIpv6ClientIsASlash64) {
  limits.client_connections = 1;
  start();
  STRCMP_EQUAL("admitted", enter("2001:db8:0:1::1"));
  STRCMP_EQUAL("admitted", enter("2001:db8:0:2::1"));
  STRCMP_EQUAL("too many of client", enter("2001:db8:0:1:ffff:ffff:ffff:ffff"));
}

TEST(PolicyAdmission, TheFirstClientOfANetworkIsNotItsNetwork) {
  limits.client_connections = 1;
  limits.network_connections = 2;
  start();
  STRCMP_EQUAL("admitted", enter("2001:db8::1"));
  STRCMP_EQUAL("admitted", enter("2001:db8:0:1::1"));
  STRCMP_EQUAL("too many of client", enter("2001:db8::2"));
}

TEST(PolicyAdmission, WhoLeavesMakesRoom) {
  limits.client_connections = 2;
  limits.network_connections = 2;
  start();
  enter("192.0.2.1");
  enter("192.0.2.1");
  passes.pop_back();
  STRCMP_EQUAL("admitted", enter("192.0.2.2"));
  STRCMP_EQUAL("too many of network", enter("192.0.2.3"));
  passes.clear();
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
}

TEST(PolicyAdmission, AMovedPassCountsOnce) {
  limits.client_connections = 1;
  start();
  enter("192.0.2.1");
  Admission::Pass held = std::move(passes[0]);
  passes.clear();
  STRCMP_EQUAL("too many of client", enter("192.0.2.1"));
  held = Admission::Pass{};
  STRCMP_EQUAL("admitted", enter("192.0.2.1"));
}

TEST(PolicyAdmission, ARefusedConnectionIsNotCounted) {
  limits.client_connections = 1;
  limits.network_connections = 2;
  start();
  enter("192.0.2.1");
  for (int i = 0; i < 10; ++i) STRCMP_EQUAL("too many of client", enter("192.0.2.1"));
  STRCMP_EQUAL("admitted", enter("192.0.2.2"));
  STRCMP_EQUAL("too many of network", enter("192.0.2.3"));
  passes.clear();
  STRCMP_EQUAL("admitted", enter("192.0.2.3"));
}

TEST(PolicyAdmission, NamesTheClientsOwnLimitFirst) {
  limits = {1, 1, 1, 1, 0};
  start();
  enter("192.0.2.1");
  STRCMP_EQUAL("too many of client", enter("192.0.2.1"));
  STRCMP_EQUAL("too many of network", enter("192.0.2.2"));
  passes.clear();
  STRCMP_EQUAL("client too fast", enter("192.0.2.1"));
  STRCMP_EQUAL("network too fast", enter("192.0.2.2"));
}

// ---- A minute

TEST(PolicyAdmission, AClientMakesSoManyConnectionsAMinute) {
  limits.client_connection_rate = 6;
  start();
  for (const char* client : {"192.0.2.1", "2001:db8::1"}) LONGS_EQUAL(6, visit(client, 10));
  STRCMP_EQUAL("client too fast", enter("192.0.2.1"));
  LONGS_EQUAL(6, visit("192.0.2.2", 10));
  LONGS_EQUAL(6, visit("2001:db8:0:1::1", 10));
  LONGS_EQUAL(0, visit("2001:db8::ffff", 10));
}

TEST(PolicyAdmission, ANetworkMakesSoManyConnectionsAMinute) {
  limits.network_connection_rate = 6;
  start();
  LONGS_EQUAL(4, visit("192.0.2.1", 4));
  LONGS_EQUAL(2, visit("192.0.2.2", 4));
  STRCMP_EQUAL("network too fast", enter("192.0.2.3"));
  LONGS_EQUAL(6, visit("192.0.3.1", 10));
  LONGS_EQUAL(6, visit("2001:db8::1", 10));
  LONGS_EQUAL(0, visit("2001:db8:0:ffff::1", 10));
}

TEST(PolicyAdmission, GivesTheRateBackEvenly) {
  limits.client_connection_rate = 6;
  start();
  visit("192.0.2.1", 6);
  now += 10s - 1ns;
  LONGS_EQUAL(0, visit("192.0.2.1", 10));
  now += 1ns;
  LONGS_EQUAL(1, visit("192.0.2.1", 10));
  now += 24h * 365 * 100;
  LONGS_EQUAL(6, visit("192.0.2.1", 10));
}

TEST(PolicyAdmission, WhoKeepsKnockingStillGetsItsRate) {
  limits.client_connection_rate = 6;
  limits.network_connection_rate = 60;
  start();
  int admitted = 0;
  for (int tenth = 0; tenth < 6000; ++tenth, now += 100ms) admitted += visit("192.0.2.1", 3);
  LONGS_EQUAL(6 + 59, admitted);
}

TEST(PolicyAdmission, WhoIsRefusedTakesNothingFromTheNetwork) {
  limits.client_connection_rate = 1;
  limits.network_connection_rate = 3;
  start();
  LONGS_EQUAL(1, visit("192.0.2.1", 100));
  LONGS_EQUAL(1, visit("192.0.2.2", 100));
  LONGS_EQUAL(1, visit("192.0.2.3", 100));
  STRCMP_EQUAL("network too fast", enter("192.0.2.4"));
}

TEST(PolicyAdmission, WhoIsRefusedForItsNetworkKeepsItsOwnRate) {
  limits.client_connection_rate = 2;
  limits.network_connections = 1;
  start();
  enter("192.0.2.1");
  LONGS_EQUAL(0, visit("192.0.2.2", 100));
  passes.clear();
  LONGS_EQUAL(2, visit("192.0.2.2", 100));
}

// ---- Messages

TEST(PolicyAdmission, AClientSendsSoManyMessagesAMinute) {
  limits.client_message_rate = 4;
  start();
  enter("192.0.2.1");
  LONGS_EQUAL(4, send(passes[0], 10));
  now += 15s;
  LONGS_EQUAL(1, send(passes[0], 10));
}

TEST(PolicyAdmission, AllConnectionsOfAClientShareItsMessageRate) {
  limits.client_message_rate = 4;
  start();
  for (const char* client : {"2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"}) enter(client);
  LONGS_EQUAL(3, send(passes[0], 3));
  LONGS_EQUAL(1, send(passes[1], 3));
  LONGS_EQUAL(4, send(passes[2], 10));
}

TEST(PolicyAdmission, ToConnectAgainGivesNoMessages) {
  limits.client_message_rate = 4;
  start();
  enter("192.0.2.1");
  send(passes[0], 4);
  passes.clear();
  for (std::uint32_t i = 0; i < 1000; ++i) visit(v4(i), 1);  // others sweep
  enter("192.0.2.1");
  LONGS_EQUAL(0, send(passes[0], 4));
}

TEST(PolicyAdmission, AnEmptyPassHasNoLimits) {
  limits = {1, 1, 1, 1, 1};
  start();
  LONGS_EQUAL(10, send(Admission::Pass{}, 10));
}
