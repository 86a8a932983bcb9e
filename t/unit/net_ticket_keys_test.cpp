// SPDX-License-Identifier: ISC
//
// t/unit/net_ticket_keys_test.cpp - the keys of session tickets, as time goes by and as processes
// share them.

#include "net/ticket_keys.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <CppUTest/TestHarness.h>

using postern::UniqueFd;
using postern::net::TicketKey;
using postern::net::TicketKeys;

namespace {

using std::chrono::hours;
using std::chrono::minutes;

TicketKeys::Clock::time_point at(std::chrono::minutes time) {
  return TicketKeys::Clock::time_point{hours{1} + time};
}

UniqueFd copy_of_descriptor(const TicketKeys& keys) {
  return UniqueFd{::fcntl(keys.fd(), F_DUPFD_CLOEXEC, 0)};
}

bool are_same(const TicketKey& a, const TicketKey& b) {
  return a.name == b.name && a.cipher_key == b.cipher_key && a.mac_key == b.mac_key;
}

bool has(const TicketKeys& keys, const TicketKey& key) {
  return keys.find(key.name).has_value();
}

int status_of_child(const std::function<bool()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

}  // namespace

TEST_GROUP(NetTicketKeys) {
  TicketKeys keys{UniqueFd{}, at(minutes{0})};
  const TicketKey first = keys.newest();

  bool knows_first() const {
    return has(keys, first);
  }
};

TEST(NetTicketKeys, TheFirstKeyIsThereAtOnce) {
  const auto found = keys.find(first.name);
  CHECK(found.has_value());
  CHECK(are_same(*found, first));
  CHECK(first.cipher_key != first.mac_key);
  CHECK(
      std::any_of(first.cipher_key.begin(), first.cipher_key.end(), [](auto o) { return o != 0; }));
}

TEST(NetTicketKeys, ANameOfNoKeyFindsNone) {
  CHECK(!keys.find({}).has_value());  // what is in slots that are not used
  auto other = first.name;
  other.back() ^= 1;
  CHECK(!keys.find(other).has_value());
}

TEST(NetTicketKeys, NoTwoHaveTheSame) {
  const TicketKeys other{UniqueFd{}, at(minutes{0})};
  CHECK(other.newest().name != first.name);
  CHECK(other.newest().cipher_key != first.cipher_key);
  CHECK(other.newest().mac_key != first.mac_key);
}

TEST(NetTicketKeys, AKeyMakesTicketsForItsPeriod) {
  CHECK(keys.next() == at(TicketKeys::period));
  keys.refresh(at(TicketKeys::period - minutes{1}));
  CHECK(are_same(keys.newest(), first));
  keys.refresh(at(TicketKeys::period));
  CHECK(keys.newest().name != first.name);
  CHECK(keys.newest().cipher_key != first.cipher_key);
}

TEST(NetTicketKeys, TheOneBeforeOpensTicketsUntilTheyHaveExpired) {
  keys.refresh(at(TicketKeys::period));
  CHECK(keys.next() == at(TicketKeys::period + TicketKeys::lifetime));
  keys.refresh(at(TicketKeys::period + TicketKeys::lifetime - minutes{1}));
  const auto found = keys.find(first.name);
  CHECK(found.has_value() && are_same(*found, first));
  keys.refresh(at(TicketKeys::period + TicketKeys::lifetime));
  CHECK(!knows_first());
  CHECK(keys.next() == at(2 * TicketKeys::period));
}

TEST(NetTicketKeys, WhatHasExpiredIsOverwritten) {
  keys.refresh(at(TicketKeys::period));
  keys.refresh(at(TicketKeys::period + TicketKeys::lifetime));
  const auto size = static_cast<std::size_t>(::lseek(keys.fd(), 0, SEEK_END));
  std::string octets(size, '\0');
  CHECK(::pread(keys.fd(), octets.data(), size, 0) == static_cast<ssize_t>(size));
  const auto holds = [&octets](const TicketKey& key) {
    return std::search(octets.begin(), octets.end(), key.cipher_key.begin(), key.cipher_key.end(),
                       [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }) !=
           octets.end();
  };
  CHECK(holds(keys.newest()));
  CHECK(!holds(first));
}

TEST(NetTicketKeys, AKeyThatWasForgottenTooLateIsOverwrittenByTheNextToo) {
  keys.refresh(at(TicketKeys::period));
  const TicketKey second = keys.newest();
  keys.refresh(at(2 * TicketKeys::period));
  CHECK(!knows_first());
  CHECK(has(keys, second));
  keys.refresh(at(3 * TicketKeys::period));
  CHECK(!has(keys, second));
}

TEST(NetTicketKeys, ManyPeriodsWork) {
  for (int i = 1; i <= 10; ++i) {
    const TicketKey old = keys.newest();
    keys.refresh(at(i * TicketKeys::period));
    CHECK(keys.newest().name != old.name);
    CHECK(has(keys, old));
    CHECK(has(keys, keys.newest()));
  }
}

TEST(NetTicketKeys, WhoeverTakesThemOverHasTheSame) {
  const TicketKeys heir{copy_of_descriptor(keys), at(minutes{5})};
  CHECK(are_same(heir.newest(), first));
  CHECK(heir.next() == at(TicketKeys::period));
}

TEST(NetTicketKeys, WhoeverTakesOverOldOnesReplacesThemForAll) {
  const TicketKeys heir{copy_of_descriptor(keys), at(TicketKeys::period)};
  CHECK(heir.newest().name != first.name);
  CHECK(has(heir, first));
  CHECK(are_same(keys.newest(), heir.newest()));
}

TEST(NetTicketKeys, AnotherLayoutIsABeginning) {
  UniqueFd other{::memfd_create("test", MFD_CLOEXEC)};
  CHECK(::ftruncate(other.get(), 100) == 0);
  const TicketKeys fresh{std::move(other), at(minutes{0})};
  CHECK(fresh.newest().name != first.name);
  CHECK(has(fresh, fresh.newest()));
}

TEST(NetTicketKeys, AReaderSeesWhatTheSupervisorDoes) {
  int ends[2];
  CHECK(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    char octet = 0;
    const bool is_reader = keys.make_read_only().has_value();
    const bool was_told = ::read(ends[0], &octet, 1) == 1;
    ::_exit(is_reader && was_told && keys.newest().name != first.name && knows_first() ? 0 : 1);
  }
  keys.refresh(at(TicketKeys::period));
  CHECK(::write(ends[1], "x", 1) == 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK_EQUAL(0, status);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(NetTicketKeys, AReaderHasNoDescriptorLeft) {
  CHECK_EQUAL(
      0, status_of_child([this] { return keys.make_read_only().has_value() && keys.fd() == -1; }));
}
