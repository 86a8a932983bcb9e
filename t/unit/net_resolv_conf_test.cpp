// SPDX-License-Identifier: ISC
//
// t/unit/net_resolv_conf_test.cpp - the name servers of this host.

#include "net/resolv_conf.h"

#include <string>
#include <string_view>

#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace postern;

TEST_GROUP(NetResolvConf){std::string servers(std::string_view text){std::string all;
for (const SocketAddress& server : net::name_servers_in(text)) {
  all += cat(server.ip.to_string(), " ", server.port, ",");
}
return all;
}
}
;

TEST(NetResolvConf, TheFirstThreeCount) {
  STRCMP_EQUAL("192.0.2.1 53,2001:db8::1 53,192.0.2.3 53,",
               servers("nameserver 192.0.2.1\nnameserver\t2001:db8::1 # comment\r\n"
                       "  nameserver 192.0.2.3\nnameserver 192.0.2.4\n")
                   .c_str());
}

TEST(NetResolvConf, WithoutOneItIsThisHost) {
  for (const char* text :
       {"", "search example.org\noptions timeout:1\n", "# nameserver 192.0.2.1\n", "nameserver\n",
        "nameserver fe80::1%eth0\n", "nameserver ns.example.org\n", "nameservers 192.0.2.1\n"}) {
    STRCMP_EQUAL("127.0.0.1 53,", servers(text).c_str());
  }
}
