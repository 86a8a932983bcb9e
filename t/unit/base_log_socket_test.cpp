// SPDX-License-Identifier: ISC
//
// t/unit/base_log_socket_test.cpp - lines to a daemon that is there, slow, away or back again.

#include "base/log_socket.h"

#include <chrono>
#include <memory>
#include <string>

#include "base/text.h"
#include "conf_fixture.h"
#include "datagram_server.h"

#include <CppUTest/TestHarness.h>

using namespace postern::log;
using postern::cat;
using postern::test::DatagramServer;
using postern::test::TemporaryDirectory;
using std::chrono::milliseconds;

TEST_GROUP(BaseLogSocket) {
  TemporaryDirectory directory;
  std::string path = directory.path("log");
  LogSocket::Clock::time_point now = LogSocket::Clock::now();

  std::unique_ptr<DatagramServer> serve() {
    auto server = std::make_unique<DatagramServer>(path);
    CHECK(server->is_bound());
    return server;
  }
};

TEST(BaseLogSocket, SendsAtOnce) {
  const auto server = serve();
  LogSocket socket(path);
  LONGS_EQUAL(0, socket.send("a line", now));
  STRCMP_EQUAL("a line", server->receive().c_str());
  CHECK(socket.flush(now));
}

TEST(BaseLogSocket, KeepsTheLinesForADaemonThatComesLater) {
  LogSocket socket(path);
  socket.send("first", now);
  const auto server = serve();
  socket.send("second", now + milliseconds{500});
  STRCMP_EQUAL("", server->receive().c_str());  // it was tried just now
  socket.send("third", now + milliseconds{1100});
  STRCMP_EQUAL("first", server->receive().c_str());
  STRCMP_EQUAL("second", server->receive().c_str());
  STRCMP_EQUAL("third", server->receive().c_str());
}

TEST(BaseLogSocket, FindsADaemonThatWasStartedAnew) {
  auto server = serve();
  LogSocket socket(path);
  server.reset();
  socket.send("first", now + milliseconds{1100});
  CHECK_FALSE(socket.flush(now + milliseconds{1150}));
  CHECK_FALSE(socket.is_lost());  // it may be on its way
  server = serve();
  CHECK(socket.flush(now + milliseconds{2200}));
  STRCMP_EQUAL("first", server->receive().c_str());
}

TEST(BaseLogSocket, IsLostWhenNobodyIsThereTwice) {
  LogSocket socket(path);
  CHECK_FALSE(socket.is_lost());
  socket.send("line", now + milliseconds{1100});
  CHECK(socket.is_lost());
  const auto server = serve();
  CHECK(socket.flush(now + milliseconds{2300}));
  CHECK_FALSE(socket.is_lost());
}

TEST(BaseLogSocket, ASlowDaemonGetsAllInItsOrder) {
  const auto server = serve();
  LogSocket socket(path);
  constexpr int lines = 3000;  // more than any receiver's queue
  for (int i = 0; i < lines; ++i) LONGS_EQUAL(0, socket.send(cat("line ", i), now));
  CHECK_FALSE(socket.flush(now));
  for (int i = 0; i < lines; ++i) {
    STRCMP_EQUAL(cat("line ", i).c_str(), server->receive().c_str());
    socket.flush(now);
  }
  CHECK(socket.flush(now));
  STRCMP_EQUAL("", server->receive().c_str());
}

TEST(BaseLogSocket, GivesTheOldestUpWhenTooMuchWaits) {
  LogSocket socket(path);
  const std::string line(64 * 1024, 'x');
  for (int i = 0; i < 8; ++i) LONGS_EQUAL(0, socket.send(line, now));
  LONGS_EQUAL(1, socket.send(line, now));
}

TEST(BaseLogSocket, AChildForgetsWhatItsParentKeeps) {
  LogSocket socket(path);
  socket.send("the parent's", now);
  socket.forget();
  const auto server = serve();
  CHECK(socket.reconnect(now));
  CHECK(socket.flush(now));
  STRCMP_EQUAL("", server->receive().c_str());
}

TEST(BaseLogSocket, APathThatIsTooLongLeadsToNobody) {
  LogSocket socket(directory.path(std::string(200, 'x')));
  CHECK_FALSE(socket.reconnect(now));
  LONGS_EQUAL(0, socket.send("line", now));
}
