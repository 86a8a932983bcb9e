// SPDX-License-Identifier: ISC
//
// t/unit/net_listening_socket_test.cpp - sockets that listen.

#include "net/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using namespace postern::net;
using postern::cat;
using postern::Errc;
using postern::Result;
using postern::UniqueFd;
using postern::test::TemporaryDirectory;

namespace {

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

sockaddr_in6 bound_to(int fd) {
  sockaddr_in6 address{};
  socklen_t size = sizeof address;
  LONGS_EQUAL(0, ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size));
  return address;
}

// The port is at the same place for both families.
std::uint16_t port_of(int fd) {
  return ntohs(bound_to(fd).sin6_port);
}

bool answers_v4(std::uint16_t port) {
  const UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

bool answers_v6(std::uint16_t port) {
  const UniqueFd fd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

bool answers(const std::string& path) {
  const UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

bool host_has_ipv6() {
  const UniqueFd fd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

UniqueFd good(Result<UniqueFd> listening) {
  CHECK_TEXT(listening.has_value(), listening ? "" : listening.error().message().c_str());
  return std::move(*listening);
}

void check_is_ready(int fd) {
  LONGS_EQUAL(1, option(fd, SOL_SOCKET, SO_ACCEPTCONN));
  CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

}  // namespace

TEST_GROUP(ListeningSocket) {
  TemporaryDirectory directory;
  std::string path = directory.path("smtp.sock");
};

TEST(ListeningSocket, ListensOnAnIpv4Address) {
  const UniqueFd fd = good(listen_tcp("127.0.0.1", 0));
  check_is_ready(fd.get());
  LONGS_EQUAL(AF_INET, option(fd.get(), SOL_SOCKET, SO_DOMAIN));
  CHECK(answers_v4(port_of(fd.get())));
}

TEST(ListeningSocket, ListensOnAnIpv6AddressOnly) {
  if (!host_has_ipv6()) return;
  const UniqueFd fd = good(listen_tcp("::1", 0));
  check_is_ready(fd.get());
  LONGS_EQUAL(1, option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY));
  CHECK(answers_v6(port_of(fd.get())));
  CHECK(!answers_v4(port_of(fd.get())));
}

TEST(ListeningSocket, AStarIsEveryAddressOfBothFamilies) {
  const UniqueFd fd = good(listen_tcp("*", 0));
  check_is_ready(fd.get());
  CHECK(answers_v4(port_of(fd.get())));
  CHECK(!host_has_ipv6() || answers_v6(port_of(fd.get())));
}

TEST(ListeningSocket, UsesThePortItIsGiven) {
  std::uint16_t port = 0;
  { port = port_of(good(listen_tcp("127.0.0.1", 0)).get()); }
  const UniqueFd fd = good(listen_tcp("127.0.0.1", port));
  LONGS_EQUAL(port, port_of(fd.get()));
}

// Connections of the old server still linger when the new one starts.
TEST(ListeningSocket, APortThatWasServedCanBeServedAgain) {
  const UniqueFd fd = good(listen_tcp("127.0.0.1", 0));
  LONGS_EQUAL(1, option(fd.get(), SOL_SOCKET, SO_REUSEADDR));
}

TEST(ListeningSocket, SaysWhoseAddressIsTaken) {
  const UniqueFd fd = good(listen_tcp("127.0.0.1", 0));
  const std::uint16_t port = port_of(fd.get());
  const auto second = listen_tcp("127.0.0.1", port);
  CHECK(!second);
  STRCMP_EQUAL(cat("listen on 127.0.0.1 port ", port, ": Address already in use").c_str(),
               second.error().message().c_str());
}

TEST(ListeningSocket, ListensOnAnAddressThatIsNotThereYet) {
  for (const char* address : {"192.0.2.1", "2001:db8::1"}) {
    if (!host_has_ipv6() && std::string(address).find(':') != std::string::npos) continue;
    CHECK(listen_tcp(address, 0).has_value());
  }
}

TEST(ListeningSocket, ListensOnOneInterface) {
  const UniqueFd fd = good(listen_tcp("*", 0, "lo"));
  std::array<char, 16> name{};
  socklen_t size = name.size();
  LONGS_EQUAL(0, ::getsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, name.data(), &size));
  STRCMP_EQUAL("lo", name.data());
  CHECK(answers_v4(port_of(fd.get())));
}

TEST(ListeningSocket, SaysWhenThereIsNoSuchInterface) {
  const auto fd = listen_tcp("127.0.0.1", 0, "none0");
  CHECK(!fd);
  STRCMP_EQUAL("listen on 127.0.0.1 port 0 on none0: No such device", fd.error().message().c_str());
}

TEST(ListeningSocket, SaysWhatIsNoAddress) {
  STRCMP_EQUAL("localhost port 25: not an address",
               listen_tcp("localhost", 25).error().message().c_str());
}

TEST(ListeningSocket, ListensOnAPath) {
  const UniqueFd fd = good(listen_unix(path));
  check_is_ready(fd.get());
  CHECK(answers(path));
}

TEST(ListeningSocket, EverybodyMayConnectToAPath) {
  const mode_t old = ::umask(0177);
  const UniqueFd fd = good(listen_unix(path));
  ::umask(old);
  struct stat status {};
  LONGS_EQUAL(0, ::stat(path.c_str(), &status));
  CHECK(S_ISSOCK(status.st_mode));
  LONGS_EQUAL(0666, status.st_mode & 07777);
}

TEST(ListeningSocket, AStaleSocketIsReplaced) {
  { const UniqueFd stale = good(listen_unix(path)); }
  CHECK(!answers(path));
  const UniqueFd fd = good(listen_unix(path));
  CHECK(answers(path));
}

TEST(ListeningSocket, ASocketThatIsServedIsLeftAlone) {
  const UniqueFd first = good(listen_unix(path));
  const auto second = listen_unix(path);
  CHECK(!second);
  STRCMP_EQUAL(cat("listen on ", path, ": Address already in use").c_str(),
               second.error().message().c_str());
  CHECK(answers(path));
}

TEST(ListeningSocket, AFileOfAnotherKindIsLeftAlone) {
  directory.write("smtp.sock", "precious");
  const auto fd = listen_unix(path);
  CHECK(!fd);
  STRCMP_CONTAINS("something else is there already", fd.error().message().c_str());
  struct stat status {};
  LONGS_EQUAL(0, ::stat(path.c_str(), &status));
  LONGS_EQUAL(8, status.st_size);
}

TEST(ListeningSocket, APathNeedsItsDirectory) {
  const std::string missing = directory.path("none/smtp.sock");
  STRCMP_EQUAL(cat("listen on ", missing, ": No such file or directory").c_str(),
               listen_unix(missing).error().message().c_str());
}

TEST(ListeningSocket, APathMayHave107Octets) {
  const std::string prefix = directory.path("");
  const UniqueFd fd = good(listen_unix(cat(prefix, std::string(107 - prefix.size(), 'x'))));
  const std::string longer = cat(prefix, std::string(108 - prefix.size(), 'x'));
  STRCMP_EQUAL(cat("socket path ", longer, " is longer than 107 octets").c_str(),
               listen_unix(longer).error().message().c_str());
}
