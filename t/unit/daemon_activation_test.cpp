// SPDX-License-Identifier: ISC
//
// t/unit/daemon_activation_test.cpp - sockets that were opened for us.

#include "daemon/activation.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "captured_log.h"
#include "conf_fixture.h"
#include "net/listening_socket.h"

#include <CppUTest/TestHarness.h>

using namespace postern::daemon;
using postern::cat;
using postern::Result;
using postern::UniqueFd;
using postern::conf::Listener;
using postern::net::listen_tcp;
using postern::net::listen_unix;
using postern::test::CapturedLog;
using postern::test::TemporaryDirectory;

namespace {

constexpr int first = 3;
constexpr int most = 3;

UniqueFd good(Result<UniqueFd> listening) {
  CHECK_TEXT(listening.has_value(), listening ? "" : listening.error().message().c_str());
  return std::move(*listening);
}

PassedSocket passed(const std::string& name, UniqueFd fd) {
  return {name, std::make_shared<UniqueFd>(std::move(fd))};
}

std::uint16_t port_of(const PassedSocket& socket) {
  const std::string place = describe_place(socket.socket->get());
  return *postern::parse_decimal<std::uint16_t>(place.substr(place.rfind(' ') + 1));
}

Listener on_address(const std::string& name, const std::string& address, std::uint16_t port) {
  Listener listener;
  listener.name = name;
  listener.address = address;
  listener.port = port;
  listener.channels = 1;
  return listener;
}

Listener on_path(const std::string& name, const std::string& path) {
  Listener listener;
  listener.name = name;
  listener.path = path;
  listener.channels = 1;
  return listener;
}

bool has_flags(int fd) {
  return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

}  // namespace

// Puts sockets where a service manager does, and puts back what the test program had there.
TEST_GROUP(Activation) {
  TemporaryDirectory directory;
  std::vector<int> kept;

  void setup() override {
    for (int fd = first; fd < first + most; ++fd) kept.push_back(::fcntl(fd, F_DUPFD_CLOEXEC, 50));
  }

  void teardown() override {
    for (int i = 0; i < most; ++i) {
      const int saved = kept[static_cast<std::size_t>(i)];
      if (saved < 0) {
        ::close(first + i);
      } else {
        ::dup2(saved, first + i);
        ::close(saved);
      }
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  }

  void pass(const std::vector<int>& sockets, const char* names) {
    int at = first;
    for (const int socket : sockets) ::dup2(socket, at++);
    ::setenv("LISTEN_PID", cat(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", cat(sockets.size()).c_str(), 1);
    if (names != nullptr) ::setenv("LISTEN_FDNAMES", names, 1);
  }
};

TEST(Activation, TakesSocketsByTheirNames) {
  const UniqueFd tcp = good(listen_tcp("127.0.0.1", 0));
  const UniqueFd local = good(listen_unix(directory.path("smtp")));
  pass({tcp.get(), local.get()}, "submission:local");
  const auto taken = take_passed_sockets();
  CHECK(taken.has_value());
  LONGS_EQUAL(2, taken->size());
  STRCMP_EQUAL("submission", (*taken)[0].name.c_str());
  LONGS_EQUAL(3, (*taken)[0].socket->get());
  STRCMP_EQUAL(describe_place(tcp.get()).c_str(), describe_place(3).c_str());
  STRCMP_EQUAL("local", (*taken)[1].name.c_str());
  STRCMP_EQUAL(directory.path("smtp").c_str(), describe_place(4).c_str());
  CHECK(has_flags(3) && has_flags(4));
}

TEST(Activation, NoChildInheritsTheVariables) {
  const UniqueFd tcp = good(listen_tcp("127.0.0.1", 0));
  pass({tcp.get()}, "submission");
  LONGS_EQUAL(1, take_passed_sockets()->size());
  CHECK(std::getenv("LISTEN_PID") == nullptr);
  CHECK(std::getenv("LISTEN_FDS") == nullptr);
  CHECK(std::getenv("LISTEN_FDNAMES") == nullptr);
}

TEST(Activation, WithoutVariablesThereIsNone) {
  CHECK(take_passed_sockets()->empty());
}

TEST(Activation, WhatIsMeantForAnotherProcessIsNotTaken) {
  const UniqueFd tcp = good(listen_tcp("127.0.0.1", 0));
  pass({tcp.get()}, "submission");
  ::setenv("LISTEN_PID", cat(::getppid()).c_str(), 1);
  CHECK(take_passed_sockets()->empty());
}

TEST(Activation, ASocketWithoutNameIsUnknown) {
  const UniqueFd tcp = good(listen_tcp("127.0.0.1", 0));
  pass({tcp.get(), tcp.get(), tcp.get()}, "submission::");
  const auto taken = take_passed_sockets();
  STRCMP_EQUAL("submission", (*taken)[0].name.c_str());
  STRCMP_EQUAL("unknown", (*taken)[1].name.c_str());
  STRCMP_EQUAL("unknown", (*taken)[2].name.c_str());
}

TEST(Activation, WhatDoesNotListenIsAFault) {
  const UniqueFd datagram{::socket(AF_INET, SOCK_DGRAM, 0)};
  const UniqueFd stream{::socket(AF_INET, SOCK_STREAM, 0)};
  const UniqueFd file{::open("/dev/null", O_RDONLY)};
  for (const UniqueFd* fd : {&datagram, &stream, &file}) {
    pass({fd->get()}, "submission");
    const auto taken = take_passed_sockets();
    CHECK(!taken);
    STRCMP_EQUAL(
        "descriptor 3 (submission), which the service manager has passed, is no stream socket that "
        "listens (a socket unit needs ListenStream= and Accept=no)",
        taken.error().message().c_str());
  }
}

TEST(Activation, MoreThanCanBeMeantIsAFault) {
  pass({}, nullptr);
  ::setenv("LISTEN_FDS", "2000000000", 1);
  CHECK(!take_passed_sockets());
}

TEST(Activation, NamesThePlaceOfEachKind) {
  const UniqueFd v4 = good(listen_tcp("127.0.0.1", 0));
  CHECK(describe_place(v4.get()).starts_with("127.0.0.1 port "));
  if (const auto v6 = listen_tcp("::1", 0)) {
    CHECK(describe_place(v6->get()).starts_with("::1 port "));
  }
}

TEST(Activation, AListenerHasAllSocketsOfItsName) {
  PassedSockets all;
  all.push_back(passed("submission", good(listen_tcp("127.0.0.1", 0))));
  all.push_back(passed("other", good(listen_tcp("127.0.0.1", 0))));
  all.push_back(passed("submission", good(listen_tcp("127.0.0.1", 0))));
  const auto found = sockets_for(on_address("submission", "*", 587), all);
  LONGS_EQUAL(2, found->size());
  CHECK((*found)[0].socket == all[0].socket && (*found)[1].socket == all[2].socket);
  CHECK(sockets_for(on_address("lan", "*", 587), all)->empty());
}

// Who may send over a path is known otherwise than over an address.
TEST(Activation, TheKindOfASocketHasToBeThatOfItsListener) {
  const std::string path = directory.path("smtp");
  PassedSockets local;
  local.push_back(passed("x", good(listen_unix(path))));
  STRCMP_EQUAL(
      cat("the socket that was passed for it, ", path, ", has a path, not an address").c_str(),
      sockets_for(on_address("x", "*", 587), local).error().message().c_str());
  PassedSockets tcp;
  tcp.push_back(passed("x", good(listen_tcp("127.0.0.1", 0))));
  STRCMP_EQUAL(cat("the socket that was passed for it, 127.0.0.1 port ", port_of(tcp[0]),
                   ", has an address, not a path")
                   .c_str(),
               sockets_for(on_path("x", path), tcp).error().message().c_str());
}

TEST(Activation, PasswordsInTheClearStayOnThisHost) {
  PassedSockets everywhere;
  everywhere.push_back(passed("x", good(listen_tcp("*", 0))));
  Listener listener = on_address("x", "127.0.0.1", port_of(everywhere[0]));
  CHECK(sockets_for(listener, everywhere).has_value());
  listener.auth_without_tls = true;
  CHECK(!sockets_for(listener, everywhere));
  PassedSockets here;
  here.push_back(passed("x", good(listen_tcp("127.0.0.1", 0))));
  CHECK(sockets_for(listener, here).has_value());
}

// The name that systemd gives if the unit says none is that of the unit.
TEST(Activation, ASocketUnderAnotherNameIsAFault) {
  PassedSockets all;
  all.push_back(passed("postern.socket", good(listen_tcp("127.0.0.1", 0))));
  const std::uint16_t port = port_of(all[0]);
  STRCMP_EQUAL(cat("its socket, 127.0.0.1 port ", port,
                   ", was passed under the name \"postern.socket\" (set FileDescriptorName=x)")
                   .c_str(),
               sockets_for(on_address("x", "127.0.0.1", port), all).error().message().c_str());
}

TEST(Activation, WarnsOfASocketThatIsElsewhere) {
  PassedSockets all;
  all.push_back(passed("x", good(listen_tcp("127.0.0.1", 0))));
  const std::uint16_t port = port_of(all[0]);
  const auto said_of = [&all](const Listener& listener) {
    const CapturedLog log;
    warn_of_sockets(all, {listener});
    return log.text();
  };
  STRCMP_EQUAL("", said_of(on_address("x", "127.0.0.1", port)).c_str());
  CHECK(said_of(on_address("x", "*", port))
            .find(cat("warning socket_differs listener=x place=\"127.0.0.1 port ", port,
                      "\" configured=\"* port ", port, "\"\n")) != std::string::npos);
  CHECK(!said_of(on_address("x", "127.0.0.1", static_cast<std::uint16_t>(port ^ 1U))).empty());
  all[0] = passed("x", good(listen_unix(directory.path("smtp"))));
  STRCMP_EQUAL("", said_of(on_path("x", directory.path("smtp"))).c_str());
  CHECK(!said_of(on_path("x", directory.path("other"))).empty());
  all[0] = passed("x", good(listen_tcp("*", 0)));
  STRCMP_EQUAL("", said_of(on_address("x", "*", port_of(all[0]))).c_str());
}

TEST(Activation, WarnsOfASocketThatNobodyServes) {
  PassedSockets all;
  all.push_back(passed("postern.socket", good(listen_unix(directory.path("smtp")))));
  const CapturedLog log;
  Listener listener = on_path("local", directory.path("smtp"));
  warn_of_sockets(all, {listener});
  CHECK(log.text().find(cat("warning socket_idle name=postern.socket place=",
                            directory.path("smtp"), "\n")) != std::string::npos);
  listener.name = "postern.socket";
  listener.channels = 0;
  const std::size_t before = log.text().size();
  warn_of_sockets(all, {listener});
  CHECK(log.text().size() > before);
}
