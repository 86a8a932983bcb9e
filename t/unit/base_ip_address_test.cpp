// SPDX-License-Identifier: ISC
//
// t/unit/base_ip_address_test.cpp - IPv4 and IPv6 addresses as values.

#include "base/ip_address.h"

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

using postern::IpAddress;

namespace {

IpAddress ip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  CHECK_TEXT(address.has_value(), std::string(text).c_str());
  return *address;
}

void check_printed(const char* expected, std::string_view text) {
  STRCMP_EQUAL(expected, ip(text).to_string().c_str());
}

}  // namespace

TEST_GROUP(BaseIpAddress){};

// RFC 5952.
TEST(BaseIpAddress, PrintsTheCanonicalForm) {
  check_printed("192.0.2.1", "192.0.2.1");
  check_printed("2001:db8::1", "2001:DB8:0:0:0:0:0:1");
  check_printed("::", "::");
  check_printed("::1", "0:0:0:0:0:0:0:1");
  check_printed("192.0.2.1", "::ffff:192.0.2.1");
  check_printed("255.255.255.255", "255.255.255.255");
}

TEST(BaseIpAddress, TakesNothingElse) {
  for (const char* text : {"", "1", "192.0.2", "192.0.2.256", "192.0.2.1.5", "192.0.2.01", " ::1",
                           "::1 ", "192.0.2.1 ", "fe80::1%eth0", "[::1]",
                           "::1::", "12345::", "example.org", "192.0.2.1/24", "0x7f.0.0.1"}) {
    CHECK_TEXT(!IpAddress::parse(text), text);
  }
}

TEST(BaseIpAddress, NothingStandsBehindANul) {
  CHECK(!IpAddress::parse(std::string_view("192.0.2.1\0", 10)));
  CHECK(!IpAddress::parse(std::string_view("192.0.2.1\0x", 11)));
  CHECK(!IpAddress::parse(std::string_view("::1\0", 4)));
}

TEST(BaseIpAddress, KnowsItsFamily) {
  CHECK(ip("192.0.2.1").is_v4());
  CHECK(ip("::ffff:192.0.2.1").is_v4());
  CHECK(!ip("::192.0.2.1").is_v4());
  CHECK(!ip("2001:db8::1").is_v4());
  CHECK(!IpAddress{}.is_v4());
}

// RFC 4291 2.5.5.2: a dual-stack socket shows IPv4 clients so.
TEST(BaseIpAddress, MappedIpv4EqualsIpv4) {
  CHECK(ip("::ffff:192.0.2.1") == ip("192.0.2.1"));
  CHECK(ip("192.0.2.2") != ip("192.0.2.1"));
  CHECK(ip("::192.0.2.1") != ip("192.0.2.1"));
}

TEST(BaseIpAddress, HasAnOrder) {
  CHECK(ip("192.0.2.9") < ip("192.0.2.10"));
  CHECK(ip("9.0.0.0") < ip("10.0.0.0"));
  CHECK(ip("2001:db8::9") < ip("2001:db8::a"));
  CHECK(ip("255.255.255.255") < ip("2001:db8::"));
}

TEST(BaseIpAddress, KnowsLoopback) {
  for (const char* text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    CHECK_TEXT(ip(text).is_loopback(), text);
  }
  for (const char* text :
       {"126.255.255.255", "128.0.0.0", "::", "::2", "2001:db8::1", "::100:1", "1::1", "0.0.0.1"}) {
    CHECK_TEXT(!ip(text).is_loopback(), text);
  }
}

TEST(BaseIpAddress, KnowsLinkLocal) {
  for (const char* text : {"169.254.0.0", "169.254.255.255", "fe80::1", "febf::1"}) {
    CHECK_TEXT(ip(text).is_link_local(), text);
  }
  for (const char* text :
       {"169.253.0.1", "168.254.0.1", "fec0::1", "fe00::1", "::", "2001:db8::1"}) {
    CHECK_TEXT(!ip(text).is_link_local(), text);
  }
}

TEST(BaseIpAddress, KnowsAny) {
  CHECK(ip("0.0.0.0").is_any());
  CHECK(ip("::").is_any());
  CHECK(IpAddress{}.is_any());
  CHECK(!ip("0.0.0.1").is_any());
  CHECK(!ip("::1").is_any());
  CHECK(!ip("1::").is_any());
}

TEST(BaseIpAddress, CutsPrefixes) {
  const auto check_prefix = [](std::string_view text, unsigned length, const char* first,
                               const char* last) {
    STRCMP_EQUAL(first, ip(text).first_of_prefix(length).to_string().c_str());
    STRCMP_EQUAL(last, ip(text).last_of_prefix(length).to_string().c_str());
  };
  check_prefix("192.0.2.77", 96 + 24, "192.0.2.0", "192.0.2.255");
  check_prefix("192.0.2.77", 96 + 27, "192.0.2.64", "192.0.2.95");
  check_prefix("192.0.2.77", 96 + 31, "192.0.2.76", "192.0.2.77");
  check_prefix("192.0.2.77", 128, "192.0.2.77", "192.0.2.77");
  check_prefix("192.0.2.77", 96, "0.0.0.0", "255.255.255.255");
  check_prefix("2001:db8:1:2::3", 33, "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
  check_prefix("2001:db8::1", 0, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}
