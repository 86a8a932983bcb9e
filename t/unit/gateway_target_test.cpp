// SPDX-License-Identifier: ISC
//
// t/unit/gateway_target_test.cpp - the stream socket that a name leads to.

#include "gateway/target.h"

#include <sys/socket.h>

#include "net/listening_socket.h"
#include "net/proxy_header.h"

#include <CppUTest/TestHarness.h>

using namespace postern;

TEST_GROUP(GatewayTarget){};

TEST(GatewayTarget, TheServerReadsFromTheHeaderWhoThePeerIs) {
  for (const adsp::Address peer : {adsp::Address{0, 12, 128}, adsp::Address{65279, 253, 254}}) {
    const std::string header = gateway::proxy_header(peer);
    net::ProxyReader reader;
    const auto step = reader.read(header + "HELO mac\r\n");
    CHECK(step.status == net::ProxyReader::Status::done);
    LONGS_EQUAL(header.size(), step.consumed);
    CHECK(reader.header().client.has_value());
    STRCMP_EQUAL(peer.to_string().c_str(), reader.header().client->to_string().c_str());
  }
}

TEST(GatewayTarget, ATcpConnectionThatIsCutIsReset) {
  auto listening = net::listen_tcp("127.0.0.1", 0);
  CHECK(listening.has_value());
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(listening->get(), reinterpret_cast<sockaddr*>(&bound), &size);
  conf::AppleTalkName name;
  const auto port =
      static_cast<std::uint16_t>((reinterpret_cast<const std::uint8_t*>(&bound)[2] << 8) +
                                 reinterpret_cast<const std::uint8_t*>(&bound)[3]);
  name.address = SocketAddress{*IpAddress::parse("127.0.0.1"), port};
  auto connected = gateway::connect_to(name);
  CHECK(connected.has_value());
  const UniqueFd accepted{::accept(listening->get(), nullptr, nullptr)};
  CHECK(accepted.is_open());
  connected->reset();
  char octet = 0;
  LONGS_EQUAL(-1, ::recv(accepted.get(), &octet, 1, 0));
  LONGS_EQUAL(ECONNRESET, errno);
}

TEST(GatewayTarget, SaysWhatItCannotReach) {
  conf::AppleTalkName name;
  name.path = "/nowhere/smtp";
  STRCMP_EQUAL("connect to /nowhere/smtp: No such file or directory",
               gateway::connect_to(name).error().message().c_str());
  name.path = "/" + std::string(200, 'x');
  STRCMP_CONTAINS("File name too long", gateway::connect_to(name).error().message().c_str());
}
