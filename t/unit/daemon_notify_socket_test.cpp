// SPDX-License-Identifier: ISC
//
// t/unit/daemon_notify_socket_test.cpp - what a service manager hears.

#include "daemon/notify_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "base/unique_fd.h"
#include "captured_log.h"
#include "conf_fixture.h"

#include <CppUTest/TestHarness.h>

using postern::cat;
using postern::UniqueFd;
using postern::daemon::NotifySocket;
using postern::test::CapturedLog;
using postern::test::TemporaryDirectory;

namespace {

// The service manager's end.  name is that of the variable: "@" in front is an abstract one.
class Listening {
 public:
  explicit Listening(const std::string& name)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(name.begin(), name.end(), address.sun_path);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    LONGS_EQUAL(0, ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size));
  }

  // The next datagram; "" if there is none.
  std::string heard() const {
    std::array<char, 1024> buffer{};
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : "";
  }

 private:
  UniqueFd fd_;
};

bool is_set(const char* name) {
  return std::getenv(name) != nullptr;
}

}  // namespace

TEST_GROUP(NotifySocket) {
  TemporaryDirectory directory;
  std::string path = directory.path("notify");

  void teardown() override {
    NotifySocket::clear_environment();
  }

  NotifySocket told_at(const std::string& name) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    return NotifySocket::take_from_environment();
  }

  NotifySocket watched(const char* microseconds, pid_t pid) {
    ::setenv("WATCHDOG_USEC", microseconds, 1);
    ::setenv("WATCHDOG_PID", cat(pid).c_str(), 1);
    return told_at(path);
  }
};

TEST(NotifySocket, ReadyNamesTheProcess) {
  const Listening manager(path);
  told_at(path).ready("Serving");
  STRCMP_EQUAL(cat("READY=1\nMAINPID=", ::getpid(), "\nSTATUS=Serving").c_str(),
               manager.heard().c_str());
}

TEST(NotifySocket, AnAbstractNameIsReachedToo) {
  const std::string name = cat("@postern-unit-", ::getpid());
  const Listening manager(name);
  told_at(name).stopping("Stopping");
  STRCMP_EQUAL("STOPPING=1\nSTATUS=Stopping", manager.heard().c_str());
}

// The service manager compares it with when it has sent the signal.
TEST(NotifySocket, ReloadingSaysWhen) {
  const Listening manager(path);
  NotifySocket socket = told_at(path);
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  const auto before = now();
  socket.reloading("Reloading");
  const auto after = now();
  const std::string heard = manager.heard();
  const std::string prefix = "RELOADING=1\nMONOTONIC_USEC=";
  const std::string suffix = "\nSTATUS=Reloading";
  CHECK(heard.starts_with(prefix) && heard.ends_with(suffix));
  const auto time = postern::parse_decimal<std::int64_t>(
      std::string_view(heard).substr(prefix.size(), heard.size() - prefix.size() - suffix.size()));
  CHECK(time && *time >= before && *time <= after);
}

// What a file name or a fault brings in must not become an assignment.
TEST(NotifySocket, AStatusIsOneLine) {
  const Listening manager(path);
  told_at(path).status("line one\nREADY=1");
  STRCMP_EQUAL("STATUS=line one READY=1", manager.heard().c_str());
}

TEST(NotifySocket, WithoutTheVariableNobodyIsTold) {
  const CapturedLog log;
  ::setenv("WATCHDOG_USEC", "1000000", 1);
  NotifySocket socket = NotifySocket::take_from_environment();
  socket.ready("Serving");
  CHECK(!socket.next_ping());
  STRCMP_EQUAL("", log.text().c_str());
}

TEST(NotifySocket, NoChildInheritsTheVariables) {
  const NotifySocket socket = watched("1000000", ::getpid());
  CHECK(!is_set("NOTIFY_SOCKET") && !is_set("WATCHDOG_USEC") && !is_set("WATCHDOG_PID"));
}

TEST(NotifySocket, ANewBinaryInheritsThem) {
  const Listening manager(path);
  watched("1000000", ::getpid()).put_into_environment();
  NotifySocket next = NotifySocket::take_from_environment();
  CHECK(next.next_ping().has_value());
  next.status("the new one");
  STRCMP_EQUAL("STATUS=the new one", manager.heard().c_str());
}

TEST(NotifySocket, PingsTwiceInTheTimeThatTheWatchdogHas) {
  const Listening manager(path);
  NotifySocket socket = watched("3000000", ::getpid());
  const auto now = NotifySocket::Clock::now();
  socket.ping_if_due(now);
  STRCMP_EQUAL("WATCHDOG=1", manager.heard().c_str());
  CHECK(socket.next_ping() == now + std::chrono::milliseconds{1500});
  socket.ping_if_due(now + std::chrono::milliseconds{1499});
  STRCMP_EQUAL("", manager.heard().c_str());
  socket.ping_if_due(now + std::chrono::milliseconds{1500});
  STRCMP_EQUAL("WATCHDOG=1", manager.heard().c_str());
}

TEST(NotifySocket, TheWatchdogOfAnotherProcessIsNotOurs) {
  CHECK(!watched("3000000", ::getppid()).next_ping());
}

TEST(NotifySocket, AWatchdogWithoutLimitStillHears) {
  NotifySocket socket = watched("18446744073709551615", ::getpid());
  const auto now = NotifySocket::Clock::now();
  socket.ping_if_due(now);
  CHECK(socket.next_ping() == now + std::chrono::minutes{30});
}

TEST(NotifySocket, AWatchdogThatIsNoNumberIsNone) {
  CHECK(!watched("soon", ::getpid()).next_ping());
  CHECK(!watched("0", ::getpid()).next_ping());
  CHECK(!watched("-1", ::getpid()).next_ping());
}

TEST(NotifySocket, AFailureIsLoggedOnceInARow) {
  const CapturedLog log;
  NotifySocket socket = told_at(path);
  socket.status("nobody is there");
  const std::string once = log.text();
  CHECK(once.find(cat("notify_failed error=\"send to ", path, ": No such file or directory\"")) !=
        std::string::npos);
  socket.status("still nobody");
  STRCMP_EQUAL(once.c_str(), log.text().c_str());
  {
    const Listening manager(path);
    socket.status("somebody");
    STRCMP_EQUAL("STATUS=somebody", manager.heard().c_str());
  }
  socket.status("nobody again");
  CHECK(log.text().size() > once.size());
}

TEST(NotifySocket, ANameThatIsNoPathIsAFailure) {
  const CapturedLog log;
  told_at("vsock:2:1234").status("x");
  told_at(cat("/", std::string(200, 'x'))).status("x");
  const std::string text = log.text();
  CHECK(text.find("vsock:2:1234 is no path of a socket") != std::string::npos);
  CHECK(text.find("xxx is no path of a socket") != std::string::npos);
}
