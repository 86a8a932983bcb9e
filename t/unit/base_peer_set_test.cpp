// SPDX-License-Identifier: ISC
//
// t/unit/base_peer_set_test.cpp - sets of peers, as `proxy_from` names them.

#include "base/peer_set.h"

#include <initializer_list>
#include <string_view>

#include <CppUTest/TestHarness.h>

using postern::Errc;
using postern::IpAddress;
using postern::PeerAddress;
using postern::PeerSet;

TEST_GROUP(BasePeerSet) {
  PeerSet set;

  void add(std::initializer_list<const char*> items) {
    for (const char* item : items) CHECK_TEXT(set.add(item).has_value(), item);
  }
  bool has(std::string_view ip) {
    return set.contains(PeerAddress::tcp(*IpAddress::parse(ip), 40000));
  }
  bool has_user(unsigned user_id) {
    return set.contains(PeerAddress::local_user(user_id));
  }
};

TEST(BasePeerSet, IsEmptyAtFirst) {
  CHECK(set.empty());
  CHECK(!set.has_addresses() && !set.has_local_peers());
  CHECK(!has("192.0.2.1"));
  CHECK(!has("0.0.0.0"));
  CHECK(!has_user(0));
}

TEST(BasePeerSet, HoldsAddressesOfBothFamilies) {
  add({"192.0.2.0/24", "2001:db8::1-2001:db8::5", "198.51.100.7"});
  CHECK(!set.empty());
  CHECK(set.has_addresses() && !set.has_local_peers());
  CHECK(has("192.0.2.200"));
  CHECK(has("::ffff:192.0.2.200"));
  CHECK(has("2001:db8::3"));
  CHECK(has("198.51.100.7"));
  CHECK(!has("192.0.3.1"));
  CHECK(!has("2001:db8::6"));
}

TEST(BasePeerSet, AddressesDoNotHoldLocalPeers) {
  add({"0.0.0.0/0", "::/0"});
  CHECK(has("192.0.2.1"));
  CHECK(!has_user(0));
  CHECK(!has_user(1000));
}

TEST(BasePeerSet, UnixHoldsEveryLocalPeerAndNoAddress) {
  add({"unix"});
  CHECK(!set.empty());
  CHECK(!set.has_addresses() && set.has_local_peers());
  CHECK(has_user(0));
  CHECK(has_user(1000));
  CHECK(!has("127.0.0.1"));
  CHECK(!has("::"));
}

TEST(BasePeerSet, HoldsBothTogether) {
  add({"127.0.0.1", " unix ", "unix"});
  CHECK(set.has_addresses() && set.has_local_peers());
  CHECK(has("127.0.0.1"));
  CHECK(has_user(1000));
}

TEST(BasePeerSet, AppleTalkIsNeitherUnixNorAnAddress) {
  const PeerAddress mac = PeerAddress::appletalk(1, 2, 128);
  add({"0.0.0.0/0", "::/0", "unix"});
  CHECK_FALSE(set.contains(mac));
  add({"appletalk"});
  CHECK_TRUE(set.contains(mac));
  CHECK_TRUE(set.has_appletalk_peers());
}

TEST(BasePeerSet, AppleTalkHoldsNobodyElse) {
  add({"appletalk"});
  CHECK_FALSE(set.empty());
  CHECK(!has("127.0.0.1") && !has_user(0));
}

TEST(BasePeerSet, WhoIsNotKnownIsInNone) {
  add({"0.0.0.0/0", "::/0", "unix", "appletalk"});
  CHECK_FALSE(set.contains(PeerAddress{}));
}

TEST(BasePeerSet, RefusesEverythingElse) {
  for (const char* item : {"", "UNIX", "unix:1000", "unix,", "*", "localhost", "192.0.2.1/24"}) {
    const auto added = set.add(item);
    CHECK_TEXT(!added, item);
    CHECK_TEXT(added.error().code == Errc::syntax, item);
    CHECK(set.empty());
  }
  STRCMP_EQUAL("\"UNIX\" is not an address", set.add("UNIX").error().message().c_str());
}
