// SPDX-License-Identifier: ISC
//
// t/unit/base_socket_address_test.cpp - an IP address and a port.

#include "base/socket_address.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern;

TEST_GROUP(BaseSocketAddress){
    std::string parsed(std::string_view text){const auto address = SocketAddress::parse(text, 53);
return address ? cat(address->ip.to_string(), " ", address->port) : "nothing";
}
}
;

TEST(BaseSocketAddress, ThePortMayBeLeftOut) {
  STRCMP_EQUAL("192.0.2.1 53", parsed("192.0.2.1").c_str());
  STRCMP_EQUAL("192.0.2.1 5353", parsed("192.0.2.1:5353").c_str());
  STRCMP_EQUAL("2001:db8::1 53", parsed("2001:db8::1").c_str());
  STRCMP_EQUAL("2001:db8::1 65535", parsed("[2001:db8::1]:65535").c_str());
}

TEST(BaseSocketAddress, NothingElseIsOne) {
  for (const char* text :
       {"", ":", ":53", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:-1",
        "192.0.2.1:5 ", "[192.0.2.1]:53", "[2001:db8::1]", "[2001:db8::1]53", "[]:53", "[:53",
        "2001:db8::1:2:3:4:5:6:53", "ns.example.net", "ns.example.net:53", "192.0.2.1:53:53"}) {
    STRCMP_EQUAL("nothing", parsed(text).c_str());
  }
}
