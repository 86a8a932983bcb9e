// SPDX-License-Identifier: ISC
//
// t/unit/base_peer_address_test.cpp - who is at the other end.

#include "base/peer_address.h"

#include <CppUTest/TestHarness.h>

using postern::IpAddress;
using postern::PeerAddress;

namespace {

PeerAddress tcp(const char* ip) {
  return PeerAddress::tcp(*IpAddress::parse(ip), 40000);
}

}  // namespace

TEST_GROUP(BasePeerAddress){};

TEST(BasePeerAddress, ATcpPeerHasAddressAndPort) {
  const PeerAddress peer = tcp("192.0.2.5");
  CHECK(peer.ip() == IpAddress::parse("192.0.2.5"));
  LONGS_EQUAL(40000, peer.port());
  CHECK(!peer.user_id().has_value());
}

TEST(BasePeerAddress, ALocalPeerHasAUserAndNoAddress) {
  const PeerAddress peer = PeerAddress::local_user(1000);
  CHECK(peer.user_id() == 1000U);
  CHECK(!peer.ip().has_value());
  CHECK(PeerAddress::local_user(0).user_id() == 0U);
}

TEST(BasePeerAddress, APeerOnAppleTalkHasNeither) {
  const PeerAddress peer = PeerAddress::appletalk(65280, 2, 128);
  CHECK(peer.is_appletalk());
  CHECK(peer.is_known());
  CHECK(!peer.ip() && !peer.user_id());
  STRCMP_EQUAL("appletalk:65280.2.128", peer.to_string().c_str());
  CHECK(!PeerAddress{}.is_appletalk());
  CHECK(!PeerAddress::local_user(2).is_appletalk());
}

TEST(BasePeerAddress, IsShownWithoutItsPort) {
  STRCMP_EQUAL("192.0.2.5", tcp("192.0.2.5").to_string().c_str());
  STRCMP_EQUAL("192.0.2.5", tcp("::ffff:192.0.2.5").to_string().c_str());
  STRCMP_EQUAL("2001:db8::1", tcp("2001:db8::1").to_string().c_str());
  STRCMP_EQUAL("unix:1000", PeerAddress::local_user(1000).to_string().c_str());
  STRCMP_EQUAL("unix:4294967295", PeerAddress::local_user(4294967295).to_string().c_str());
}
