// SPDX-License-Identifier: ISC
//
// t/unit/policy_admission_shared_test.cpp - several processes that count together.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "admission_fixture.h"
#include "policy/admission.h"
#include "policy/admission_table.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using postern::IpAddress;
using postern::policy::Admission;
using postern::policy::AdmissionTable;
using postern::policy::TallyTable;
using postern::test::AdmissionFixture;
using postern::test::v4;
using postern::test::v6_network;

TEST_GROUP_BASE(PolicyAdmissionShared, AdmissionFixture) {
  const IpAddress client = *IpAddress::parse("192.0.2.1");
  std::optional<Admission> other;  // of another worker, with the same limits
  std::vector<Admission::Pass> passes_of_other;

  void start_both() {
    start();
    other.emplace(limits, memory->table(), 2);
  }

  void teardown() override {
    passes_of_other.clear();
    passes.clear();
  }

  bool enter_other(const IpAddress& address) {
    auto pass = other->enter(address, now);
    if (!pass) return false;
    passes_of_other.push_back(std::move(*pass));
    return true;
  }

  // Worker 2 dies; what its destructors do afterwards has no effect.
  void let_other_die() {
    memory->table().forget(2, 9);
    passes_of_other.clear();
  }

  // The same in the middle of a change, which body makes.
  template <typename Body>
  void let_other_die_while(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
      const AdmissionTable::Access access(memory->table(), 2);
      body(memory->table());
      ::_exit(0);
    }
    int status = -1;
    LONGS_EQUAL(child, ::waitpid(child, &status, 0));
    LONGS_EQUAL(0, status);
    let_other_die();
  }
};

TEST(PolicyAdmissionShared, ConnectionsOfAllWorkersCount) {
  limits.client_connections = 3;
  limits.network_connections = 4;
  start_both();
  STRCMP_EQUAL("admitted", enter(client));
  CHECK(enter_other(client));
  STRCMP_EQUAL("admitted", enter(client));
  STRCMP_EQUAL("too many of client", enter(client));
  CHECK(!enter_other(client));
  CHECK(enter_other(*IpAddress::parse("192.0.2.2")));
  STRCMP_EQUAL("too many of network", enter("192.0.2.3"));
  passes_of_other.clear();
  STRCMP_EQUAL("admitted", enter(client));
  STRCMP_EQUAL("too many of client", enter(client));
}

TEST(PolicyAdmissionShared, RatesHoldForAllWorkersTogether) {
  limits.client_connection_rate = 10;
  limits.client_message_rate = 5;
  start_both();
  LONGS_EQUAL(6, visit(client, 6));
  for (int i = 0; i < 4; ++i) CHECK(enter_other(client));
  CHECK(!enter_other(client));
  now += 6s;
  STRCMP_EQUAL("admitted", enter(client));
  LONGS_EQUAL(3, send(passes[0], 3));
  CHECK(other->may_send(passes_of_other[0], now));
  CHECK(other->may_send(passes_of_other[1], now));
  CHECK(!other->may_send(passes_of_other[2], now));
  LONGS_EQUAL(0, send(passes[0], 1));
}

TEST(PolicyAdmissionShared, EachWorkerHasLimitsOfItsOwn) {
  limits.client_connections = 2;
  start();
  limits.client_connections = 3;
  other.emplace(limits, memory->table(), 2);
  for (int i = 0; i < 2; ++i) STRCMP_EQUAL("admitted", enter(client));
  STRCMP_EQUAL("too many of client", enter(client));
  CHECK(enter_other(client));
  CHECK(!enter_other(client));
}

TEST(PolicyAdmissionShared, ADeadWorkerGivesBackAllThatItHad) {
  limits.client_connections = 5;
  limits.network_connections = 7;
  start_both();
  for (int i = 0; i < 2; ++i) enter(client);
  for (int i = 0; i < 3; ++i) CHECK(enter_other(client));
  for (std::uint32_t i = 0; i < 1000; ++i) CHECK(enter_other(v4(256 * i)));
  STRCMP_EQUAL("too many of client", enter(client));
  let_other_die();
  for (int i = 0; i < 3; ++i) STRCMP_EQUAL("admitted", enter(client));
  STRCMP_EQUAL("too many of client", enter(client));
  passes.clear();
  LONGS_EQUAL(0, admission->entries(now));
}

TEST(PolicyAdmissionShared, CountsAnewWhenAWorkerDiesInTheMiddleOfAChange) {
  limits.client_connections = 4;
  start_both();
  for (int i = 0; i < 2; ++i) enter(client);
  CHECK(enter_other(client));
  let_other_die_while([](AdmissionTable& table) {
    for (std::uint32_t i = 0; i < 2 * TallyTable::capacity; ++i) table.network(i).connections = 99;
    for (std::uint32_t i = 1; i <= TallyTable::capacity; ++i) table.client(i)->connections = 99;
  });
  for (int i = 0; i < 2; ++i) STRCMP_EQUAL("admitted", enter(client));
  STRCMP_EQUAL("too many of client", enter(client));
  passes.clear();
  LONGS_EQUAL(0, admission->entries(now));
}

// As between any two instructions of enter and leave.
TEST(PolicyAdmissionShared, MendsAPassThatWasHalfMade) {
  limits.client_connections = 3;
  start_both();
  for (int i = 0; i < 2; ++i) enter(client);
  let_other_die_while([](AdmissionTable& table) { table.passes.add(2, 4711, 42); });
  let_other_die_while([](AdmissionTable& table) { table.passes.remove(0); });
  LONGS_EQUAL(0, memory->table().client(4711)->connections);
  LONGS_EQUAL(0, memory->table().network(42).connections);
  // The first of ours has been lost; the other one counts, and no pass is given out twice.
  passes.erase(passes.begin());
  for (int i = 0; i < 2; ++i) STRCMP_EQUAL("admitted", enter(client));
  STRCMP_EQUAL("too many of client", enter(client));
}

TEST(PolicyAdmissionShared, WhoWasTakenForDeadGivesBackNothingTwice) {
  limits.client_connections = 1;
  start_both();
  CHECK(enter_other(client));
  memory->table().forget(2, 9);
  STRCMP_EQUAL("admitted", enter(client));
  passes_of_other.clear();
  STRCMP_EQUAL("too many of client", enter(client));
}

TEST(PolicyAdmissionShared, CountsSoManyConnectionsInAll) {
  start();
  passes.reserve(Admission::max_connections);
  for (std::size_t i = 0; i < Admission::max_connections; ++i) {
    if (std::strcmp("admitted", enter(client)) != 0) FAIL("refused too early");
  }
  STRCMP_EQUAL("too many", enter(client));
  passes.pop_back();
  STRCMP_EQUAL("admitted", enter(client));
}

// Who has been taken over can write what it likes; the supervisor must come through.
TEST(PolicyAdmissionShared, NonsenseInTheMemoryHarmsOnlyTheCounts) {
  limits.client_connections = 3;
  start_both();
  for (int i = 0; i < 3; ++i) CHECK(enter_other(client));
  AdmissionTable& table = memory->table();
  std::memset(static_cast<void*>(&table.lock), 0xff, sizeof table.lock);
  for (const std::uint32_t octet : {0xffU, 0x5aU, 0x80U, 0x01U}) {
    std::memset(static_cast<void*>(&table.passes), static_cast<int>(octet), sizeof table.passes);
    table.forget(2, 9);
    table.forget(octet * 0x01010101U, 9);
    enter(client);
    passes.clear();
  }
}

TEST(PolicyAdmissionShared, NothingIsLostBetweenManyWorkers) {
  start_both();
  std::vector<pid_t> children;
  for (std::uint32_t worker = 3; worker < 7; ++worker) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    Admission mine(limits, memory->table(), worker);
    std::vector<Admission::Pass> held;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      held.push_back(std::move(*mine.enter(v6_network(i % 500), now)));
      if (held.size() == 50) held.clear();
    }
    ::_exit(0);  // with none held
  }
  for (const pid_t child : children) {
    int status = -1;
    LONGS_EQUAL(child, ::waitpid(child, &status, 0));
    LONGS_EQUAL(0, status);
  }
  LONGS_EQUAL(0, admission->entries(now));
}
