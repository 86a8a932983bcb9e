// SPDX-License-Identifier: ISC
//
// t/unit/net_loop_test.cpp - what one turn of the loop is.

#include "net/loop.h"

#include <sys/socket.h>

#include <string_view>
#include <utility>

#include "net/stream.h"

#include <CppUTest/TestHarness.h>

using namespace postern;

namespace {

// Always has something more to do, for a long time.
class Restless final : public net::StreamObserver {
 public:
  Restless(net::Loop& loop, UniqueFd fd) : stream_(loop, std::move(fd), *this) {}

  void on_input() override {
    if (left_ == 0) return;
    --left_;
    stream_.call_again();
  }
  void on_sent() override {}
  void on_tls_started() override {}
  void on_end(End, std::string_view) override {}

  int left() const { return left_; }

 private:
  int left_ = 10'000;
  net::Stream stream_;
};

}  // namespace

TEST_GROUP(Loop){};

// What waits for the end of the turn would wait for ever, and pile up.
TEST(Loop, ATurnEndsThoughSomebodyIsAlwaysReady) {
  int fds[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
  net::Loop loop;
  const Restless restless{loop, UniqueFd{fds[0]}};
  const UniqueFd peer{fds[1]};
  LONGS_EQUAL(1, ::send(peer.get(), "x", 1, MSG_NOSIGNAL));
  int turns = 0;
  loop.run([&] {
    ++turns;
    if (restless.left() == 0) loop.stop();
  });
  CHECK(turns > 10);
}
